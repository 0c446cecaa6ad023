/* doors_facts.c - what the doors are measured with: figures from public texts, each table with its
 * source.  "[M]" marks a figure that rests on memory of these texts, not on a page read again. */
#include "doors_int.h"

/* netapi32.dll with the fix of MS08-067 (KB958644, 23 October 2008, CVE-2008-4250).
 *
 * fixed: the file versions that public check plug-ins for MS08-067 compare with.  Vista and 2008
 * have two branches: below revision 20000 GDR, from there on LDR.  first and end keep the service
 * packs apart: a file of XP SP3 as released (5.1.2600.5512) is "higher" than the fixed one of SP2
 * and has the hole.  Where a service pack's files begin: 2180 (XP SP2), 5512 (XP SP3), 1830 (2003
 * SP1), 3959 (2003 SP2) [M].  mark: the key below HKLM\SOFTWARE\Microsoft\Updates that the
 * installer leaves, by the bulletin; for Vista and 2008 it says that no key proves it.
 * XP x64 without a service pack is taken as 2003 SP1 [M]. */
const struct ym_patch_row ym_ms08_067_rows[] = {
    {5, 0, 4, 2195, 0, UINT16_MAX, 7203, "Windows 2000\\SP5\\KB958644\\Filelist"},
    {5, 1, 2, 2600, 0, 5512, 3462, "Windows XP\\SP4\\KB958644\\Filelist"},
    {5, 1, 3, 2600, 0, UINT16_MAX, 5694, "Windows XP\\SP4\\KB958644\\Filelist"},
    {5, 2, 0, 3790, 1830, 3959, 3229,
     "Windows Server 2003\\SP3\\KB958644\\Filelist"}, /* x64 only */
    {5, 2, 1, 3790, 0, 3959, 3229, "Windows Server 2003\\SP3\\KB958644\\Filelist"},
    {5, 2, 2, 3790, 0, UINT16_MAX, 4392, "Windows Server 2003\\SP3\\KB958644\\Filelist"},
    {6, 0, 0, 6000, 0, 20000, 16764, NULL},
    {6, 0, 0, 6000, 20000, UINT16_MAX, 20937, NULL},
    {6, 0, 1, 6001, 0, 20000, 18157, NULL},
    {6, 0, 1, 6001, 20000, UINT16_MAX, 22288, NULL},
};
const size_t ym_ms08_067_n = sizeof(ym_ms08_067_rows) / sizeof(ym_ms08_067_rows[0]);

/* shell32.dll that honours NoDriveTypeAutoRun (KB953252, KB967715; CVE-2008-0951).
 * Source: the check text of DISA's STIG V-2374. */
const struct ym_shell_row ym_shell32_rows[] = {
    {5, 1, 2, {6, 0, 2900, 3402}},
    {5, 1, 3, {6, 0, 2900, 5622}},
    {5, 2, 2, {6, 0, 3790, 4315}},
};
const size_t ym_shell32_n = sizeof(ym_shell32_rows) / sizeof(ym_shell32_rows[0]);

/* Start types of a fresh Windows: 2 automatic, 3 by hand, 4 disabled.
 * Sources: KB962007 and the malware encyclopedia page of Conficker.B for the services that the
 * worm switches off; the start types are [M] except wuauserv 2, BITS 3, wscsvc 2 and WerSvc 3 of
 * Windows 7, which a real hive shows.  Windows 10 starts wuauserv by a trigger: 3 [M].
 * The same figures stand in families/conficker.json, which `yamori clean` repairs by. */
const struct ym_service_row ym_service_rows[] = {
    {"wuauserv", 500, 1000, 2, true},    {"wuauserv", 1000, 0, 3, true},
    {"BITS", 500, 600, 3, true},         {"BITS", 600, 601, 2, true},
    {"BITS", 601, 0, 3, true},           {"WinDefend", 600, 0, 2, true},
    {"wscsvc", 501, 0, 2, true},         {"ERSvc", 501, 600, 2, true},
    {"WerSvc", 600, 601, 2, true},       {"WerSvc", 601, 0, 3, true},
    {"SharedAccess", 501, 502, 2, true}, /* the firewall of XP SP2; on 2003 it is off by default */
    {"MpsSvc", 600, 0, 2, true},         {"LanmanServer", 500, 0, 2, false},
    {"Browser", 500, 0, 2, false},       {"RemoteRegistry", 500, 0, 2, false},
    {"Schedule", 500, 0, 2, false},
};
const size_t ym_service_n = sizeof(ym_service_rows) / sizeof(ym_service_rows[0]);

/* Classes that Internet Explorer must not load: Microsoft Security Advisory 960715 (10 February
 * 2009).  Akamai's download manager, RIM's AxLoader, and the controls of MS08-070. */
const char *const ym_killed_classes[] = {
    "{FFBB3F3B-0A5A-4106-BE53-DFE1E2340CB1}", "{4788DE08-3552-49EA-AC8C-233DA52523B9}",
    "{1E216240-1B7D-11CF-9D53-00AA003C9CB6}", "{3A2B370C-BA0A-11D1-B137-0000F8753F5D}",
    "{B09DE715-87C1-11D1-8BE3-0000F8754DA1}", "{CDE57A43-8B86-11D0-B3C6-00A0C90AEA82}",
    "{6262D3A0-531B-11CF-91F6-C2863C385E30}", "{0ECD9B64-23AA-11D0-B351-00A0C9055D8E}",
    "{C932BA85-4374-101B-A56C-00AA003668DC}", "{248DD896-BB45-11CF-9ABC-0080C7E7B78D}",
};
const size_t ym_killed_n = sizeof(ym_killed_classes) / sizeof(ym_killed_classes[0]);

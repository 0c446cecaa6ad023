// Traces that Conficker leaves in files.  What it leaves in the registry is for `yamori clean`.

// A job of the Task Scheduler 1.0 ([MS-TSCH] 2.4): product version, file version 1, offset of the
// application's name; AT and NetScheduleJobAdd() sign their jobs in the comment.  Conficker.B
// makes them on hosts whose password it guessed.
rule Conficker_At_Job
{
    meta:
        description = "AT job that starts rundll32"
        severity = "high"
        family = "Conficker"
    strings:
        $rundll = "rundll32" wide nocase
        $added = "NetScheduleJobAdd" wide
    condition:
        filesize < 16KB and
        (uint16(0) == 0x0500 or uint16(0) == 0x0501 or uint16(0) == 0x0600 or uint16(0) == 0x0601) and
        uint16(2) == 1 and
        $rundll in (uint16(20)..uint16(20) + 128) and $added
}

// RECYCLER\S-5-3-42-<numbers>\jwgkvsq.vmx, as a path in any file that starts it.
rule Conficker_Removable_Path
{
    meta:
        description = "the path of Conficker's copy on removable drives"
        severity = "high"
        family = "Conficker"
    strings:
        $ascii = { 5C (53 | 73) 2D 35 2D 33 2D 34 32 2D [16-64] 5C (6A | 4A) (77 | 57) (67 | 47) (6B | 4B) (76 | 56) (73 | 53) (71 | 51) 2E (76 | 56) (6D | 4D) (78 | 58) 2C }
        $wide = { 5C 00 (53 | 73) 00 2D 00 35 00 2D 00 33 00 2D 00 34 00 32 00 2D 00 [32-128] 5C 00 6A 00 77 00 67 00 6B 00 76 00 73 00 71 00 2E 00 76 00 6D 00 78 00 2C 00 }
    condition:
        filesize < 1MB and any of them
}

// An exported .reg text with two of the values that Conficker sets.  The connection count alone
// is what public tuning scripts set, too.
rule Conficker_Reg_Export
{
    meta:
        description = "registry export with the values that Conficker sets"
        severity = "moderate"
        family = "Conficker"
    strings:
        $regedit = "Windows Registry Editor Version 5" ascii wide
        $regedit4 = "REGEDIT4" ascii
        $connections = "\"TcpNumConnections\"=dword:00fffffe" ascii wide nocase
        $showall = "\\Hidden\\SHOWALL]" ascii wide nocase
        $hidden = "\"CheckedValue\"=dword:00000000" ascii wide nocase
    condition:
        ($regedit in (0..4) or $regedit4 at 0) and $connections and $showall and $hidden
}

// autorun.inf: AutoRun read it from removable drives until KB971029 (2009, automatic from
// February 2011).  Real ones are well under 1 KB and start a program in the open.

private rule Autorun_Inf
{
    strings:
        $section = "[autorun" ascii wide nocase
        $open = "open" ascii wide nocase
        $shellexecute = "shellexecute" ascii wide nocase
        $command = "\\command" ascii wide nocase
        $html = "<html" ascii wide nocase
        $body = "<body" ascii wide nocase
    condition:
        filesize < 256KB and $section and any of ($open, $shellexecute, $command) and
        not any of ($html, $body)
}

// Conficker.B and later: rundll32 on a file under RECYCLER\S-5-3-42-..., which is not a valid SID
// prefix of a recycle bin (real ones begin S-1-5-21-).
rule Conficker_Autorun
{
    meta:
        description = "autorun.inf that starts Conficker from a removable drive"
        severity = "severe"
        family = "Conficker"
    strings:
        $run = "rundll32" ascii wide nocase
        $bin = "\\S-5-3-42-" ascii wide nocase
    condition:
        Autorun_Inf and $run and $bin
}

// Nothing that a user put on a drive is started out of its recycle bin.
rule Autorun_From_Recycle_Bin
{
    meta:
        description = "autorun.inf that starts something inside a recycle bin"
        severity = "high"
    strings:
        $a = "=RECYCLER\\" ascii wide nocase
        $b = "=.\\RECYCLER\\" ascii wide nocase
        $c = "=RECYCLED\\" ascii wide nocase
        $d = "=$RECYCLE.BIN\\" ascii wide nocase
        $e = "rundll32.exe .\\RECYCLER\\" ascii wide nocase
        $f = "rundll32.exe RECYCLER\\" ascii wide nocase
    condition:
        Autorun_Inf and any of them
}

// A command that shows itself as "open folder": icon 4 of shell32.dll is the closed folder.
rule Autorun_Folder_Disguise
{
    meta:
        description = "autorun.inf whose command looks like a folder"
        severity = "moderate"
    strings:
        $icon = "shell32.dll,4" ascii wide nocase
        $action = "action" ascii wide nocase
        $useautoplay = "useautoplay" ascii wide nocase
        $shellexecute = "shellexecute" ascii wide nocase
    condition:
        Autorun_Inf and $icon and $action and $useautoplay and $shellexecute
}

// Real ones are well under 1 KB; Conficker's is tens of KB, four lines hidden in bytes that are no
// text.  Pages that explain autorun.inf are long, too, but have an address in them.
rule Autorun_Oversized
{
    meta:
        description = "autorun.inf that is far larger than its few lines"
        severity = "moderate"
    strings:
        $action = "action" ascii wide nocase
        $useautoplay = "useautoplay" ascii wide nocase
        $shellexecute = "shellexecute" ascii wide nocase
        $address = "http" ascii wide nocase
    condition:
        Autorun_Inf and filesize > 8KB and $action and $useautoplay and $shellexecute and not $address
}

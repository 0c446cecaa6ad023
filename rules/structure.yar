// Structures that honest software does not make.

// A Windows program whose header declares no section: loaders of some versions take it, compilers
// never write it.
rule Pe_Without_Sections
{
    meta:
        description = "Windows program without sections"
        severity = "moderate"
    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and uint16(uint32(0x3C) + 6) == 0 and
        (uint16(uint32(0x3C) + 24) == 0x010B or uint16(uint32(0x3C) + 24) == 0x020B)
}

private rule Picture
{
    condition:
        uint32(0) == 0x474E5089 or uint32(0) & 0x00FFFFFF == 0x00FFD8FF or uint32(0) == 0x38464947
}

// A picture to look at, with a program for something else to cut out and run.
rule Picture_With_Windows_Program
{
    meta:
        description = "Windows program hidden in a picture"
        severity = "high"
    strings:
        $program = { 4D 5A [58] ?? ?? 00 00 [0-64] 54 68 69 73 20 70 72 6F 67 72 61 6D 20 ( 63 61 6E 6E 6F 74 | 6D 75 73 74 20 62 65 ) 20 }
    condition:
        Picture and $program
}

rule Picture_With_Linux_Program
{
    meta:
        description = "Linux program hidden in a picture"
        severity = "high"
    strings:
        $program = { 7F 45 4C 46 (01 | 02) 01 01 (00 | 03) 00 00 00 00 00 00 00 00 (02 | 03) 00 (03 | 28 | 3E | B7) 00 01 00 00 00 }
    condition:
        Picture and $program
}

// U+202E turns the rest of a name round: "photo<202E>gpj.exe" is shown as "photoexe.jpg".
// 46 bytes of central directory header, then the name.
rule Zip_Name_Reversed
{
    meta:
        description = "archive member whose name is shown backwards"
        severity = "high"
    strings:
        $name = { 50 4B 01 02 [42] [0-120] E2 80 AE [1-40] 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6A | 4A) (73 | 53) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
    condition:
        uint32(0) == 0x04034B50 and $name
}

// "invoice.pdf.exe": the last extension is hidden by default.
rule Zip_Double_Extension
{
    meta:
        description = "archive member with a document's extension before a program's"
        severity = "moderate"
    strings:
        $pdf = { 50 4B 01 02 [43-160] 2E (70 | 50) (64 | 44) (66 | 46) 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
        $doc = { 50 4B 01 02 [43-160] 2E (64 | 44) (6F | 4F) (63 | 43) [0-1] 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
        $xls = { 50 4B 01 02 [43-160] 2E (78 | 58) (6C | 4C) (73 | 53) [0-1] 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
        $jpg = { 50 4B 01 02 [43-160] 2E (6A | 4A) (70 | 50) [0-1] (67 | 47) 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
        $txt = { 50 4B 01 02 [43-160] 2E (74 | 54) (78 | 58) (74 | 54) 2E ( (65 | 45) (78 | 58) (65 | 45) | (73 | 53) (63 | 43) (72 | 52) | (6C | 4C) (6E | 4E) (6B | 4B) ) }
    condition:
        uint32(0) == 0x04034B50 and any of them
}

// A shell link ([MS-SHLLINK] 2.1: header size 0x4C and its class) that starts PowerShell out of sight.
rule Shortcut_Hidden_PowerShell
{
    meta:
        description = "shortcut that starts PowerShell out of sight"
        severity = "high"
    strings:
        $powershell = "powershell" ascii wide nocase
        $hidden1 = "-windowstyle hidden" ascii wide nocase
        $hidden2 = "-w hidden" ascii wide nocase
        $encoded1 = "-encodedcommand " ascii wide nocase
        $encoded2 = " -enc " ascii wide nocase
    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32(12) == 0x000000C0 and
        $powershell and any of ($hidden1, $hidden2, $encoded1, $encoded2)
}

// Windows Script Host: fetch, save, run, in one small file.
rule Script_Fetch_And_Run
{
    meta:
        description = "script that downloads a file and runs it"
        severity = "high"
    strings:
        $shell = "WScript.Shell" ascii wide nocase
        $stream = "ADODB.Stream" ascii wide nocase
        $save = "SaveToFile" ascii wide nocase
        $http1 = "MSXML2.XMLHTTP" ascii wide nocase
        $http2 = "MSXML2.ServerXMLHTTP" ascii wide nocase
        $http3 = "WinHttp.WinHttpRequest" ascii wide nocase
        $http4 = "Microsoft.XMLHTTP" ascii wide nocase
        $run1 = ".Run" ascii wide nocase
        $run2 = "ShellExecute" ascii wide nocase
    condition:
        filesize < 256KB and $shell and $stream and $save and any of ($http*) and any of ($run*)
}

// A shell script that downloads, enters /etc/ld.so.preload and nails its files down.
rule Shell_Preload_Persistence
{
    meta:
        description = "shell script that installs itself through ld.so.preload"
        severity = "severe"
    strings:
        $preload = "/etc/ld.so.preload"
        $nail = "chattr +i"
        $curl = "curl "
        $wget = "wget "
        $cron1 = "crontab -"
        $cron2 = "/etc/cron"
    condition:
        filesize < 256KB and uint16(0) == 0x2123 and $preload and $nail and
        any of ($curl, $wget) and any of ($cron*)
}

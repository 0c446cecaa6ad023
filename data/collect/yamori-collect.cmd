@echo off
rem yamori-collect.cmd - for a person in front of a Windows machine: puts what yamori audit and
rem yamori clean look at into a folder beside this file (on a USB stick), laid out like the disk.
rem Run it as an administrator.  It changes nothing on the machine.  Windows XP and later.
rem
rem   yamori-collect.cmd           into collected-COMPUTERNAME beside this file
rem   yamori-collect.cmd FOLDER    into FOLDER, which must not be there yet
rem
rem Then, on the Linux side: yamori audit --root FOLDER
setlocal
set OUT=%~1
if "%OUT%"=="" set OUT=%~dp0collected-%COMPUTERNAME%
if exist "%OUT%" goto there
mkdir "%OUT%\Windows\System32\config" || goto cannot
mkdir "%OUT%\collected"
set NOTE=%OUT%\collected\yamori-collect.txt
set LEFT=0
echo yamori-collect 1 >"%NOTE%"
echo host %COMPUTERNAME% >>"%NOTE%"

rem A 32-bit program sees another System32 on a 64-bit Windows.
set SYS=%windir%\System32
if exist "%windir%\Sysnative\netapi32.dll" set SYS=%windir%\Sysnative

echo Files ...
call :file "%SYS%\netapi32.dll" "%OUT%\Windows\System32"
call :file "%SYS%\shell32.dll" "%OUT%\Windows\System32"
call :file "%SYS%\drivers\etc\hosts" "%OUT%\Windows\System32\drivers\etc"
if exist "%windir%\SysWOW64\netapi32.dll" call :file "%windir%\SysWOW64\netapi32.dll" "%OUT%\Windows\SysWOW64"
if exist "%windir%\SysWOW64\shell32.dll" call :file "%windir%\SysWOW64\shell32.dll" "%OUT%\Windows\SysWOW64"
if exist "%windir%\Tasks\*.job" xcopy /h /i /q /y "%windir%\Tasks\*.job" "%OUT%\Windows\Tasks" >nul
if exist "%SYS%\Tasks" xcopy /e /h /i /q /y "%SYS%\Tasks" "%OUT%\Windows\System32\Tasks" >nul
if exist "%SystemDrive%\autorun.inf" xcopy /h /q /y "%SystemDrive%\autorun.inf" "%OUT%\" >nul

echo Registry (this may take minutes) ...
call :hive HKLM\SYSTEM "%OUT%\Windows\System32\config\SYSTEM"
call :hive HKLM\SOFTWARE "%OUT%\Windows\System32\config\SOFTWARE"
call :hive HKLM\SAM "%OUT%\Windows\System32\config\SAM"
call :hive HKU\.DEFAULT "%OUT%\Windows\System32\config\DEFAULT"
for /f "tokens=2 delims=\" %%u in ('reg query HKU') do call :user "%%u"

rem In English whatever the language of Windows is.
chcp 437 >nul
net accounts >"%OUT%\collected\net-accounts.txt" 2>nul

echo.
echo Collected in %OUT%
if not "%LEFT%"=="0" echo Not everything could be fetched: see %NOTE%
echo Users who are not logged on are not in it: log on as each of them and collect again.
if "%LEFT%"=="0" exit /b 0
exit /b 3

:there
echo %OUT% is there already: remove it, or name another folder.
exit /b 2

:cannot
echo Cannot make the folder %OUT%
exit /b 2

:file
if not exist "%~2" mkdir "%~2"
copy /y "%~1" "%~2\" >nul 2>nul && goto file_done
echo not fetched %~1 >>"%NOTE%"
set LEFT=1
exit /b
:file_done
echo fetched %~1 >>"%NOTE%"
exit /b

rem Saved hives hold also what nobody may read; where that is refused, an export has to do.
:hive
reg save %1 "%~2" >nul 2>nul && goto hive_done
if exist "%~2" del "%~2"
reg export %1 "%~2.reg" >nul 2>nul && goto hive_exported
if exist "%~2.reg" del "%~2.reg"
echo not fetched %1 (run as an administrator?) >>"%NOTE%"
echo not fetched %1
set LEFT=1
exit /b
:hive_exported
echo exported %1: keys whose permissions deny are not in it >>"%NOTE%"
exit /b
:hive_done
echo fetched %1 >>"%NOTE%"
exit /b

:user
set ID=%~1
if "%ID:~-8%"=="_Classes" exit /b
set TO=
if "%ID:~0,9%"=="S-1-5-21-" set TO=%OUT%\Users\%ID%
if "%ID%"=="S-1-5-19" set TO=%OUT%\Windows\ServiceProfiles\LocalService
if "%ID%"=="S-1-5-20" set TO=%OUT%\Windows\ServiceProfiles\NetworkService
if "%TO%"=="" exit /b
mkdir "%TO%"
call :hive HKU\%ID% "%TO%\NTUSER.DAT"
exit /b

"""Modules pe and elf on small programs that makers.py builds."""
import makers
from kit import holds, values

DLLS = [("KERNEL32.dll", ["ExitProcess", "GetProcAddress", "LoadLibraryA"]), ("user32.dll", ["MessageBoxA", 17]),
        ("WS2_32.dll", [1, 115, 9999])]
LATE = [("delay.dll", ["LateOne", 5])]
EXPORT = ("sample.dll", 3, [("First", 0x1000), ("second", 0x1004), (None, 0x1010), ("Forward", "other.Function")], 0x5C000000)
RESOURCE = [(16, 1, 0x409, makers.version_info([("CompanyName", "House of Otters"), ("FileVersion", "1.2"), ("Empty", "")])),
            (3, 2, 0x407, b"icon" * 5), ("CUSTOM", "NAMED", 0, b"abc"), (10, 101, 0x409, b"hello"), (10, 101, 0x80C, b"bonjour")]
RICH = [(0x5D, 30319, 2), (0x102, 27412, 7), (0x5D, 27412, 1)]

FULL = makers.pe(dlls=DLLS, late=LATE, export=EXPORT, resource=RESOURCE, rich_rows=RICH, pdb="C:\\src\\sample.pdb",
                 overlay=b"overlay here", characteristics=0x2102, checksum=0x1234)
PLUS = makers.pe(plus=True, dlls=DLLS[:2], subsystem=2, characteristics=0x22, timestamp=0x60000001, late=LATE)
BARE = makers.pe(machine=0x1C0, subsystem=1)
CUT = FULL[:0x700]
NOT_PE = b"MZ" + b"\0" * 58 + b"\x80\0\0\0" + b"\0" * 0x40 + b"PE\1\0"
SAMPLES = {"full": FULL, "plus": PLUS, "bare": BARE}

HEADER = """
pe.{is_pe,machine,checksum,subsystem,timestamp,entry_point,entry_point_raw,image_base,number_of_sections}
pe.{number_of_rva_and_sizes,number_of_symbols,pointer_to_symbol_table,size_of_optional_header,opthdr_magic}
pe.{size_of_code,size_of_initialized_data,size_of_uninitialized_data,base_of_code,base_of_data,section_alignment,file_alignment}
pe.{win32_version_value,size_of_image,size_of_headers,dll_characteristics,loader_flags,characteristics}
pe.{size_of_stack_reserve,size_of_stack_commit,size_of_heap_reserve,size_of_heap_commit}
pe.{linker_version,os_version,image_version,subsystem_version}.{major,minor}
pe.{number_of_imports,number_of_imported_functions,number_of_delayed_imports,number_of_delayed_imported_functions}
pe.{number_of_exports,number_of_resources,number_of_signatures,number_of_version_infos,is_signed}
pe.overlay.{offset,size}
pe.{pdb_path,dll_name,export_timestamp,resource_timestamp}
pe.resource_version.{major,minor}
pe.{is_dll(),is_32bit(),is_64bit(),imphash(),calculate_checksum()}
pe.data_directories[{0,1,2,6,13,15,16}].{virtual_address,size}
pe.rich_signature.{offset,length,key}
"""
for sample in SAMPLES.values():
    values("pe-header", sample, HEADER, "pe")
for data in (CUT, NOT_PE, b"MZ", b"no program"):
    values("pe-header", data, "pe.{is_pe,machine,number_of_sections,entry_point,is_dll(),imphash(),is_signed,"
                              "number_of_imports,overlay.size,overlay.offset}", "pe")

values("pe-section", FULL, """
pe.sections[{0,1,2,3,4}].{name,full_name,characteristics,virtual_address,virtual_size,raw_data_offset,raw_data_size}
pe.sections[0].{pointer_to_relocations,pointer_to_line_numbers,number_of_relocations,number_of_line_numbers}
pe.sections[{-1,pe.number_of_sections - 1,pe.number_of_sections}].name
pe.section_index({".text",".rdata",".rsrc",".none","text",0x400,0x10,0xFFF,0x1010,0x2000,0x2010,0x5000,pe.entry_point,-1})
pe.rva_to_offset({0x1000,0x1010,0x2000,0x2271,0x3000,0x4000,0x9000,0,0x10,-1})
pe.sections[pe.section_index(".rdata")].virtual_address
pe.section_index(pe.sections[2].name)
pe.sections[pe.section_index(pe.entry_point)].name
""", "pe")
values("pe-import", FULL, """
pe.imports("{KERNEL32.dll,kernel32.dll,KERNEL32,user32.dll,delay.dll,none.dll}")
pe.imports("KERNEL32.dll", "{ExitProcess,exitprocess,Exit,LoadLibraryA}")
pe.imports("kernel32.DLL", "ExitProcess")
pe.imports("user32.dll", {17,18,"MessageBoxA"})
pe.imports("WS2_32.dll", {1,115,9999,2,"accept","WSAStartup","ord9999"})
pe.imports(pe.IMPORT_STANDARD, "{KERNEL32.dll,delay.dll}")
pe.imports(pe.IMPORT_DELAYED, "{KERNEL32.dll,delay.dll}")
pe.imports(pe.IMPORT_ANY, "{KERNEL32.dll,delay.dll}")
pe.imports(pe.IMPORT_DELAYED, "delay.dll", {"LateOne",5,6,"lateone"})
pe.imports(pe.IMPORT_ANY, "delay.dll", 5)
pe.imports(pe.IMPORT_STANDARD, "delay.dll", 5)
pe.imports(pe.IMPORT_STANDARD | pe.IMPORT_DELAYED, "delay.dll", 5)
pe.{IMPORT_STANDARD,IMPORT_DELAYED,IMPORT_ANY}
pe.imports(/{kernel32,KERNEL32,KERNEL}.*/, /Exit.*/)
pe.imports(/kernel32/i, /.*/)
pe.imports(/.*/, /.*Lib.*/)
pe.imports(/.*/, /.*/)
pe.imports(/^none/, /.*/)
pe.imports(/WS2/, /^(accept|ord)/)
pe.imports(pe.IMPORT_DELAYED, /delay/, /Late/)
pe.import_details[{0,1,2,3}].{library_name,number_of_functions}
pe.import_details[0].functions[{0,2,3}].{name,ordinal,rva}
pe.import_details[1].functions[1].{name,ordinal,rva}
pe.import_details[2].functions[{0,1,2}].{name,ordinal}
pe.delayed_import_details[0].{library_name,number_of_functions}
pe.delayed_import_details[0].functions[{0,1}].{name,ordinal,rva}
pe.import_rva("KERNEL32.dll", {"ExitProcess","GetProcAddress","None"})
pe.import_rva("user32.dll", {17,18})
pe.import_rva("kernel32.dll", "ExitProcess")
pe.delayed_import_rva("delay.dll", {"LateOne",5,9})
""", "pe")
values("pe-import", PLUS, """
pe.imports("user32.dll", 17)
pe.imports("KERNEL32.dll", "ExitProcess")
pe.import_details[1].functions[{0,1}].{name,ordinal,rva}
pe.delayed_import_details[0].functions[{0,1}].{name,ordinal,rva}
pe.imphash()
""", "pe")
values("pe-export", FULL, """
pe.exports("{First,first,second,Forward,third}")
pe.exports({3,4,5,6,2,7,0})
pe.exports(/{First,^first,^F,nd$,none}/)
pe.exports(/FIRST/i)
pe.exports_index("{First,second,Forward,none}")
pe.exports_index({3,6,9})
pe.exports_index(/{F,Fo,none}/)
pe.export_details[{0,1,2,3,4}].{name,forward_name,ordinal,rva,offset}
""", "pe")
values("pe-resource", FULL, """
pe.resources[{0,1,2,3,4,5}].{type,id,language,length,offset,rva,type_string,name_string,language_string}
pe.version_info["{CompanyName,FileVersion,Empty,companyname,None}"]
pe.version_info_list[{0,1,2,3}].{key,value}
pe.locale({0x0409,0x0407,0x080C,0x0809,0})
pe.language({0x09,0x07,0x0C,0x0A,0})
pe.{RESOURCE_TYPE_VERSION,RESOURCE_TYPE_ICON,RESOURCE_TYPE_RCDATA,RESOURCE_TYPE_MANIFEST}
""", "pe")
values("pe-rich", FULL, """
pe.rich_signature.version({30319,27412,1})
pe.rich_signature.version(30319, {0x5D,0x102,1})
pe.rich_signature.version(27412, {0x5D,0x102})
pe.rich_signature.toolid({0x5D,0x102,1})
pe.rich_signature.toolid(0x5D, {30319,27412,1})
""", "pe")
values("pe-rich", PLUS, "pe.rich_signature.{version(30319),toolid(0x5D),length,clear_data}", "pe")
values("pe-constant", BARE, """
pe.MACHINE_{I386,AMD64,ARM,ARM64,ARMNT,IA64,UNKNOWN,POWERPC}
pe.SUBSYSTEM_{UNKNOWN,NATIVE,WINDOWS_GUI,WINDOWS_CUI,EFI_APPLICATION,XBOX}
pe.{DLL,EXECUTABLE_IMAGE,RELOCS_STRIPPED,SYSTEM,MACHINE_32BIT,LARGE_ADDRESS_AWARE}
pe.{DYNAMIC_BASE,NX_COMPAT,HIGH_ENTROPY_VA,NO_SEH,GUARD_CF,TERMINAL_SERVER_AWARE}
pe.SECTION_{CNT_CODE,MEM_EXECUTE,MEM_READ,MEM_WRITE,CNT_INITIALIZED_DATA,ALIGN_16BYTES}
pe.IMAGE_DIRECTORY_ENTRY_{EXPORT,IMPORT,RESOURCE,DEBUG,SECURITY,COM_DESCRIPTOR}
pe.IMAGE_{NT_OPTIONAL_HDR32_MAGIC,NT_OPTIONAL_HDR64_MAGIC}
pe.NO_SUCH_CONSTANT
""", "pe")
holds("pe-condition", FULL, r"""
pe.machine == pe.MACHINE_I386
pe.machine == pe.MACHINE_AMD64
pe.characteristics & pe.DLL
pe.characteristics & pe.SYSTEM
pe.is_dll()
pe.is_dll() == 1
not pe.is_64bit()
pe.is_pe and pe.is_32bit()
pe.is_pe
pe.sections[0].name == ".text"
pe.sections[0].characteristics & pe.SECTION_MEM_EXECUTE
pe.sections[2].characteristics & pe.SECTION_MEM_WRITE != 0
for any s in pe.sections : ( s.name == ".rdata" )
for any s in pe.sections : ( s.name == ".nothing" )
for all s in pe.sections : ( s.raw_data_size > 0 )
for all s in pe.sections : ( s.name startswith "." )
for 2 s in pe.sections : ( s.virtual_address > 0x2000 )
for 3 s in pe.sections : ( s.virtual_address > 0x2000 )
for any s in pe.sections : ( s.characteristics & pe.SECTION_MEM_WRITE and s.characteristics & pe.SECTION_MEM_EXECUTE )
for any s in pe.sections : ( for any t in pe.sections : ( s.virtual_address == t.virtual_address + 0x3000 ) )
for any s in pe.sections : ( $a in (s.raw_data_offset..s.raw_data_offset + s.raw_data_size) and s.name == ".rdata" )
for any s in pe.sections : ( $a in (s.raw_data_offset..s.raw_data_offset + s.raw_data_size) and s.name == ".text" )
for any i in (0..pe.number_of_sections - 1) : ( pe.sections[i].name == ".data" )
for any r in pe.resources : ( r.type == pe.RESOURCE_TYPE_VERSION )
for any r in pe.resources : ( r.type_string == "C\x00U\x00S\x00T\x00O\x00M\x00" )
for all r in pe.resources : ( r.length > 2 )
for none r in pe.resources : ( r.length > 1000 )
for any k, v in pe.version_info : ( k == "CompanyName" and v contains "Otter" )
for any k, v in pe.version_info : ( k == "CompanyName" and v contains "Badger" )
for any k,v in pe.version_info : ( v == "1.2" )
for all k, v in pe.version_info : ( k != "" )
for any k in pe.version_info : ( k == "CompanyName" )
for any d in pe.import_details : ( d.library_name == "user32.dll" )
for any d in pe.import_details : ( for any f in d.functions : ( f.name == "MessageBoxA" ) )
for any d in pe.import_details : ( for any f in d.functions : ( f.ordinal == 9999 ) )
for any e in pe.export_details : ( e.name == "Forward" and e.forward_name == "other.Function" )
for any e in pe.export_details : ( e.name matches /^sec/ )
for any x in pe.version_info_list : ( x.key == "FileVersion" and x.value == "1.2" )
pe.version_info["CompanyName"] == "House of Otters"
pe.version_info["CompanyName"] contains "Otters"
pe.version_info["CompanyName"] icontains "OTTERS"
pe.version_info["CompanyName"] matches /^House/
pe.version_info["Nothing"] == "x"
not (pe.version_info["Nothing"] == "x")
defined pe.version_info["Nothing"]
not defined pe.version_info["Nothing"]
pe.pdb_path endswith ".pdb"
pe.pdb_path matches /\\src\\/
pe.entry_point == 0x410
$a at pe.entry_point
$code at pe.entry_point
uint8(pe.sections[0].raw_data_offset) == 0x90
pe.timestamp > 0x5D000000
pe.imphash() == "0123456789abcdef0123456789abcdef"
pe.checksum == pe.calculate_checksum()
pe.overlay.size > 0
uint32be(pe.overlay.offset) == 0x6f766572
pe.sections[9].name == ".text"
not (pe.sections[9].name == ".text")
defined pe.sections[9].name
entrypoint == 0x410
entrypoint == pe.entry_point
uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x4550
pe.rich_signature.clear_data contains "DanS"
pe.rich_signature.toolid(0x5D) == 3
pe.number_of_signatures == 0
not pe.is_signed
""", '$a = "plain text"\n$code = { CC CC }', "pe")
holds("pe-error", FULL, """
pe.nothing == 1
pe.sections.name == "a"
pe.sections[0] == "a"
pe.sections["x"].name == "a"
pe.sections[0].nothing == 1
pe.sections == 1
pe
pe.machine()
pe.is_dll
pe.is_dll(1)
pe.is_dll() == "a"
pe.imports()
pe.imports(1)
pe.imports("a", "b", "c")
pe.imports(1, 2, 3, 4)
pe.exports(1.5)
pe.exports()
pe.section_index()
pe.section_index(1.5)
pe.version_info[0] == "a"
pe.version_info.CompanyName == "a"
pe.version_info == "a"
pe.machine.x == 1
pe.machine[0] == 1
pe.machine == "a"
pe.sections[0].name == 5
pe.sections[0].name + 1 == 2
pe.imphash() == 5
pe.overlay == 1
pe.overlay.nothing == 1
pe.rva_to_offset("a") == 1
pe.rich_signature.version("a")
pe .machine == 0x14c
pe. machine == 0x14c
pe.sections [0].name == ".text"
for any s in pe.machine : ( true )
for any s in pe.overlay : ( true )
for any s in pe.sections : ( s.nothing == 1 )
for any s in pe.sections : ( s == 1 )
for any k, v in pe.sections : ( true )
for any s in pe.sections[0] : ( true )
for any s in pe.nothing : ( true )
""", "", "pe")
holds("pe-error", FULL, "pe.machine == 0x14c\npe.sections[0].name == \".text\"\nelf.type == 2\nhash.md5(0, 1) == \"\"\nmath.max(1, 2) == 2")

# ---- ELF ----------------------------------------------------------------------------------------------
ELFS = [makers.elf(), makers.elf(32, "<", 2, 3), makers.elf(32, ">", 2, 20), makers.elf(64, ">", 1, 43, needed=("a.so", "b.so")),
        makers.elf(stripped=True, undefined=("_start", "read", "write", "_hidden", "Open"))]
ELF_FIELDS = """
elf.{type,machine,entry_point,number_of_sections,number_of_segments,sh_offset,sh_entry_size,ph_offset,ph_entry_size}
elf.{dynamic_section_entries,symtab_entries,dynsym_entries}
elf.sections[{0,1,2,3,6,9}].{name,type,flags,address,size,offset}
elf.segments[{0,1,2}].{type,flags,offset,virtual_address,physical_address,file_size,memory_size,alignment}
elf.dynamic[{0,1,2,3}].{type,val}
elf.symtab[{0,1,2,3,4}].{name,value,size,type,bind,shndx}
elf.dynsym[{0,1,2,3}].{name,type,bind,shndx,value,size}
"""
for sample in ELFS:
    values("elf-field", sample, ELF_FIELDS, "elf")
    values("elf-digest", sample, "elf.{import_md5(),telfhash()}", "elf", needs="4.5")
for data in (ELFS[0][:100], ELFS[0][:64], b"\x7fELF", b"no program", ELFS[0][:300]):
    values("elf-field", data, "elf.{type,machine,entry_point,number_of_sections,number_of_segments,dynsym_entries}\n"
                              "elf.sections[1].name\nelf.segments[0].type", "elf")
values("elf-constant", ELFS[0], """
elf.ET_{NONE,REL,EXEC,DYN,CORE}
elf.EM_{386,X86_64,ARM,AARCH64,MIPS,PPC,PPC64,SPARC,NONE,68K}
elf.SHT_{NULL,PROGBITS,SYMTAB,STRTAB,DYNAMIC,DYNSYM,NOBITS,REL,RELA,HASH,NOTE}
elf.SHF_{WRITE,ALLOC,EXECINSTR}
elf.PT_{NULL,LOAD,DYNAMIC,INTERP,NOTE,PHDR,GNU_STACK,TLS}
elf.PF_{X,W,R}
elf.DT_{NULL,NEEDED,STRTAB,SYMTAB,SONAME,FLAGS,INIT}
elf.STT_{NOTYPE,OBJECT,FUNC,SECTION,FILE,TLS}
elf.STB_{LOCAL,GLOBAL,WEAK}
elf.NO_SUCH
""", "elf")
holds("elf-condition", ELFS[0], """
elf.type == elf.ET_DYN
elf.type == elf.ET_EXEC
elf.machine == elf.EM_X86_64
elf.sections[1].name == ".text"
for any s in elf.sections : ( s.name == ".dynamic" )
for any s in elf.sections : ( s.name == ".nothing" )
for any s in elf.sections : ( s.type == elf.SHT_SYMTAB and s.size > 90 )
for all s in elf.sections : ( s.offset < filesize )
for any s in elf.segments : ( s.type == elf.PT_LOAD and s.flags & elf.PF_X != 0 )
for any s in elf.symtab : ( s.name == "main" and s.type == elf.STT_FUNC )
for any s in elf.dynsym : ( s.name == "printf" )
for any s in elf.dynsym : ( s.name matches /^mal/ )
for any d in elf.dynamic : ( d.type == elf.DT_NEEDED )
for any i in (0..elf.number_of_sections - 1) : ( elf.sections[i].name == ".shstrtab" )
$a in (elf.sections[1].offset..elf.sections[1].offset + elf.sections[1].size)
$a at elf.entry_point
entrypoint == elf.entry_point
uint32be(0) == 0x7F454C46 and elf.number_of_segments == 2
elf.sections[99].name == ".text"
not defined elf.sections[99].name
elf.nothing == 1
elf.type == "a"
elf.sections[0] == 1
elf.type()
elf.import_md5() == 5
""", '$a = "sample text"', "elf")
holds("elf-condition", b"no program", """
elf.type == elf.ET_DYN
not (elf.type == elf.ET_DYN)
not defined elf.type
for any s in elf.sections : ( true )
not for any s in elf.sections : ( true )
for all s in elf.sections : ( true )
for none s in elf.sections : ( true )
entrypoint == 0
not defined entrypoint
""", "", "elf")

/* modules/pe.h - numbers of the fields and functions of YARA's module pe (docs/modules/pe).
 *
 * A row X(name, type) of a table below is a field: the number here and the row in modules/pe.c come
 * from the same place.  Types are those of base/module.h or modules/pe.c.  Constants, which
 * nobody sets, are only in modules/pe.c. */
#ifndef YM_BASE_MODULES_PE_H
#define YM_BASE_MODULES_PE_H

/* The root. */
#define YM_PE_FIELDS(X)                                                                            \
    X(is_pe, ym_mod_int)                                                                           \
    X(machine, ym_mod_int)                                                                         \
    X(number_of_sections, ym_mod_int)                                                              \
    X(timestamp, ym_mod_int)                                                                       \
    X(pointer_to_symbol_table, ym_mod_int)                                                         \
    X(number_of_symbols, ym_mod_int)                                                               \
    X(size_of_optional_header, ym_mod_int)                                                         \
    X(characteristics, ym_mod_int)                                                                 \
    X(entry_point, ym_mod_int)                                                                     \
    X(entry_point_raw, ym_mod_int)                                                                 \
    X(image_base, ym_mod_int)                                                                      \
    X(number_of_rva_and_sizes, ym_mod_int)                                                         \
    X(number_of_version_infos, ym_mod_int)                                                         \
    X(version_info, ym_mod_text_dict)                                                              \
    X(version_info_list, key_values)                                                               \
    X(opthdr_magic, ym_mod_int)                                                                    \
    X(size_of_code, ym_mod_int)                                                                    \
    X(size_of_initialized_data, ym_mod_int)                                                        \
    X(size_of_uninitialized_data, ym_mod_int)                                                      \
    X(base_of_code, ym_mod_int)                                                                    \
    X(base_of_data, ym_mod_int)                                                                    \
    X(section_alignment, ym_mod_int)                                                               \
    X(file_alignment, ym_mod_int)                                                                  \
    X(linker_version, version)                                                                     \
    X(os_version, version)                                                                         \
    X(image_version, version)                                                                      \
    X(subsystem_version, version)                                                                  \
    X(win32_version_value, ym_mod_int)                                                             \
    X(size_of_image, ym_mod_int)                                                                   \
    X(size_of_headers, ym_mod_int)                                                                 \
    X(checksum, ym_mod_int)                                                                        \
    X(calculate_checksum, calculate_checksum)                                                      \
    X(subsystem, ym_mod_int)                                                                       \
    X(dll_characteristics, ym_mod_int)                                                             \
    X(size_of_stack_reserve, ym_mod_int)                                                           \
    X(size_of_stack_commit, ym_mod_int)                                                            \
    X(size_of_heap_reserve, ym_mod_int)                                                            \
    X(size_of_heap_commit, ym_mod_int)                                                             \
    X(loader_flags, ym_mod_int)                                                                    \
    X(data_directories, directories)                                                               \
    X(sections, sections)                                                                          \
    X(overlay, overlay)                                                                            \
    X(rich_signature, rich_signature)                                                              \
    X(imphash, imphash)                                                                            \
    X(section_index, section_index)                                                                \
    X(exports, exports)                                                                            \
    X(exports_index, exports_index)                                                                \
    X(imports, imports)                                                                            \
    X(import_rva, import_rva)                                                                      \
    X(delayed_import_rva, delayed_import_rva)                                                      \
    X(locale, locale)                                                                              \
    X(language, language)                                                                          \
    X(is_dll, is_dll)                                                                              \
    X(is_32bit, is_32bit)                                                                          \
    X(is_64bit, is_64bit)                                                                          \
    X(number_of_imports, ym_mod_int)                                                               \
    X(number_of_imported_functions, ym_mod_int)                                                    \
    X(number_of_delayed_imports, ym_mod_int)                                                       \
    X(number_of_delayed_imported_functions, ym_mod_int)                                            \
    X(number_of_exports, ym_mod_int)                                                               \
    X(dll_name, ym_mod_text)                                                                       \
    X(export_timestamp, ym_mod_int)                                                                \
    X(export_details, export_details)                                                              \
    X(import_details, import_details)                                                              \
    X(delayed_import_details, import_details)                                                      \
    X(resource_timestamp, ym_mod_int)                                                              \
    X(resource_version, version)                                                                   \
    X(resources, resources)                                                                        \
    X(number_of_resources, ym_mod_int)                                                             \
    X(pdb_path, ym_mod_text)                                                                       \
    X(signatures, signatures)                                                                      \
    X(is_signed, ym_mod_int)                                                                       \
    X(number_of_signatures, ym_mod_int)                                                            \
    X(rva_to_offset, rva_to_offset)

#define YM_PE_KEY_VALUE_FIELDS(X)                                                                  \
    X(key, ym_mod_text)                                                                            \
    X(value, ym_mod_text)

#define YM_PE_VERSION_FIELDS(X)                                                                    \
    X(major, ym_mod_int)                                                                           \
    X(minor, ym_mod_int)

#define YM_PE_DIRECTORY_FIELDS(X)                                                                  \
    X(virtual_address, ym_mod_int)                                                                 \
    X(size, ym_mod_int)

#define YM_PE_SECTION_FIELDS(X)                                                                    \
    X(name, ym_mod_text)                                                                           \
    X(full_name, ym_mod_text)                                                                      \
    X(characteristics, ym_mod_int)                                                                 \
    X(virtual_address, ym_mod_int)                                                                 \
    X(virtual_size, ym_mod_int)                                                                    \
    X(raw_data_offset, ym_mod_int)                                                                 \
    X(raw_data_size, ym_mod_int)                                                                   \
    X(pointer_to_relocations, ym_mod_int)                                                          \
    X(pointer_to_line_numbers, ym_mod_int)                                                         \
    X(number_of_relocations, ym_mod_int)                                                           \
    X(number_of_line_numbers, ym_mod_int)

#define YM_PE_OVERLAY_FIELDS(X)                                                                    \
    X(offset, ym_mod_int)                                                                          \
    X(size, ym_mod_int)

#define YM_PE_RICH_FIELDS(X)                                                                       \
    X(offset, ym_mod_int)                                                                          \
    X(length, ym_mod_int)                                                                          \
    X(key, ym_mod_int)                                                                             \
    X(raw_data, ym_mod_text)                                                                       \
    X(clear_data, ym_mod_text)                                                                     \
    X(version_data, ym_mod_text)                                                                   \
    X(version, rich_version)                                                                       \
    X(toolid, rich_toolid)                                                                         \
    X(tools, rich_tools) /* YARA-X */

#define YM_PE_RICH_TOOL_FIELDS(X)                                                                  \
    X(toolid, ym_mod_int)                                                                          \
    X(version, ym_mod_int)                                                                         \
    X(times, ym_mod_int)

#define YM_PE_EXPORT_FIELDS(X)                                                                     \
    X(offset, ym_mod_int)                                                                          \
    X(name, ym_mod_text)                                                                           \
    X(forward_name, ym_mod_text)                                                                   \
    X(ordinal, ym_mod_int)                                                                         \
    X(rva, ym_mod_int)

#define YM_PE_IMPORT_FIELDS(X)                                                                     \
    X(library_name, ym_mod_text)                                                                   \
    X(number_of_functions, ym_mod_int)                                                             \
    X(functions, import_functions)

#define YM_PE_IMPORT_FUNCTION_FIELDS(X)                                                            \
    X(name, ym_mod_text)                                                                           \
    X(ordinal, ym_mod_int)                                                                         \
    X(rva, ym_mod_int)

#define YM_PE_RESOURCE_FIELDS(X)                                                                   \
    X(rva, ym_mod_int)                                                                             \
    X(offset, ym_mod_int)                                                                          \
    X(length, ym_mod_int)                                                                          \
    X(type, ym_mod_int)                                                                            \
    X(id, ym_mod_int)                                                                              \
    X(language, ym_mod_int)                                                                        \
    X(type_string, ym_mod_text)                                                                    \
    X(name_string, ym_mod_text)                                                                    \
    X(language_string, ym_mod_text)

#define YM_PE_CERTIFICATE_FIELDS(X)                                                                \
    X(thumbprint, ym_mod_text)                                                                     \
    X(issuer, ym_mod_text)                                                                         \
    X(subject, ym_mod_text)                                                                        \
    X(version, ym_mod_int)                                                                         \
    X(algorithm, ym_mod_text)                                                                      \
    X(algorithm_oid, ym_mod_text)                                                                  \
    X(serial, ym_mod_text)                                                                         \
    X(not_before, ym_mod_int)                                                                      \
    X(not_after, ym_mod_int)

/* Begins like a certificate: its signer's. */
#define YM_PE_SIGNATURE_FIELDS(X)                                                                  \
    YM_PE_CERTIFICATE_FIELDS(X)                                                                    \
    X(verified, ym_mod_int)                                                                        \
    X(digest_alg, ym_mod_text)                                                                     \
    X(digest, ym_mod_text)                                                                         \
    X(file_digest, ym_mod_text)                                                                    \
    X(number_of_certificates, ym_mod_int)                                                          \
    X(certificates, certificates)                                                                  \
    X(signer_info, signer)                                                                         \
    X(number_of_countersignatures, ym_mod_int)                                                     \
    X(countersignatures, countersignatures)                                                        \
    X(valid_on, valid_on)

#define YM_PE_SIGNER_FIELDS(X)                                                                     \
    X(program_name, ym_mod_text)                                                                   \
    X(more_info, ym_mod_text) /* YARA-X */                                                         \
    X(digest, ym_mod_text)                                                                         \
    X(digest_alg, ym_mod_text)                                                                     \
    X(length_of_chain, ym_mod_int)                                                                 \
    X(chain, certificates)

#define YM_PE_COUNTERSIGNATURE_FIELDS(X)                                                           \
    X(verified, ym_mod_int)                                                                        \
    X(sign_time, ym_mod_int)                                                                       \
    X(digest_alg, ym_mod_text)                                                                     \
    X(digest, ym_mod_text)                                                                         \
    X(length_of_chain, ym_mod_int)                                                                 \
    X(chain, certificates)

#define YM_PE_NUMBERS(id, table) enum ym_pe_##id{table(YM_PE_NUMBER_##id) PE_##id##_FIELDS};

#define YM_PE_NUMBER_ROOT(name, type) PE_##name,
#define YM_PE_NUMBER_KEY_VALUE(name, type) PE_KEY_VALUE_##name,
#define YM_PE_NUMBER_VERSION(name, type) PE_VERSION_##name,
#define YM_PE_NUMBER_DIRECTORY(name, type) PE_DIRECTORY_##name,
#define YM_PE_NUMBER_SECTION(name, type) PE_SECTION_##name,
#define YM_PE_NUMBER_OVERLAY(name, type) PE_OVERLAY_##name,
#define YM_PE_NUMBER_RICH(name, type) PE_RICH_##name,
#define YM_PE_NUMBER_RICH_TOOL(name, type) PE_RICH_TOOL_##name,
#define YM_PE_NUMBER_EXPORT(name, type) PE_EXPORT_##name,
#define YM_PE_NUMBER_IMPORT(name, type) PE_IMPORT_##name,
#define YM_PE_NUMBER_IMPORT_FUNCTION(name, type) PE_IMPORT_FUNCTION_##name,
#define YM_PE_NUMBER_RESOURCE(name, type) PE_RESOURCE_##name,
#define YM_PE_NUMBER_CERTIFICATE(name, type) PE_CERTIFICATE_##name,
#define YM_PE_NUMBER_SIGNATURE(name, type) PE_SIGNATURE_##name,
#define YM_PE_NUMBER_SIGNER(name, type) PE_SIGNER_##name,
#define YM_PE_NUMBER_COUNTERSIGNATURE(name, type) PE_COUNTERSIGNATURE_##name,

YM_PE_NUMBERS(ROOT, YM_PE_FIELDS)
YM_PE_NUMBERS(KEY_VALUE, YM_PE_KEY_VALUE_FIELDS)
YM_PE_NUMBERS(VERSION, YM_PE_VERSION_FIELDS)
YM_PE_NUMBERS(DIRECTORY, YM_PE_DIRECTORY_FIELDS)
YM_PE_NUMBERS(SECTION, YM_PE_SECTION_FIELDS)
YM_PE_NUMBERS(OVERLAY, YM_PE_OVERLAY_FIELDS)
YM_PE_NUMBERS(RICH, YM_PE_RICH_FIELDS)
YM_PE_NUMBERS(RICH_TOOL, YM_PE_RICH_TOOL_FIELDS)
YM_PE_NUMBERS(EXPORT, YM_PE_EXPORT_FIELDS)
YM_PE_NUMBERS(IMPORT, YM_PE_IMPORT_FIELDS)
YM_PE_NUMBERS(IMPORT_FUNCTION, YM_PE_IMPORT_FUNCTION_FIELDS)
YM_PE_NUMBERS(RESOURCE, YM_PE_RESOURCE_FIELDS)
YM_PE_NUMBERS(CERTIFICATE, YM_PE_CERTIFICATE_FIELDS)
YM_PE_NUMBERS(SIGNATURE, YM_PE_SIGNATURE_FIELDS)
YM_PE_NUMBERS(SIGNER, YM_PE_SIGNER_FIELDS)
YM_PE_NUMBERS(COUNTERSIGNATURE, YM_PE_COUNTERSIGNATURE_FIELDS)

enum ym_pe_function {
    PE_FN_CALCULATE_CHECKSUM,
    PE_FN_IMPHASH,
    PE_FN_SECTION_INDEX_NAME,
    PE_FN_SECTION_INDEX_ADDRESS,
    PE_FN_EXPORTS_NAME,
    PE_FN_EXPORTS_REGEX,
    PE_FN_EXPORTS_ORDINAL,
    PE_FN_EXPORTS_INDEX_NAME,
    PE_FN_EXPORTS_INDEX_ORDINAL,
    PE_FN_EXPORTS_INDEX_REGEX,
    PE_FN_IMPORTS_NAME, /* library, function */
    PE_FN_IMPORTS_ORDINAL,
    PE_FN_IMPORTS_LIBRARY,
    PE_FN_IMPORTS_REGEX,
    PE_FN_IMPORTS_FLAGS_NAME,
    PE_FN_IMPORTS_FLAGS_ORDINAL,
    PE_FN_IMPORTS_FLAGS_LIBRARY,
    PE_FN_IMPORTS_FLAGS_REGEX,
    PE_FN_IMPORT_RVA_NAME,
    PE_FN_IMPORT_RVA_ORDINAL,
    PE_FN_DELAYED_IMPORT_RVA_NAME,
    PE_FN_DELAYED_IMPORT_RVA_ORDINAL,
    PE_FN_LOCALE,
    PE_FN_LANGUAGE,
    PE_FN_IS_DLL,
    PE_FN_IS_32BIT,
    PE_FN_IS_64BIT,
    PE_FN_RVA_TO_OFFSET,
    PE_FN_RICH_VERSION,
    PE_FN_RICH_VERSION_TOOLID,
    PE_FN_RICH_TOOLID,
    PE_FN_RICH_TOOLID_VERSION,
    PE_FN_VALID_ON
};

enum { PE_IMPORT_STANDARD = 1, PE_IMPORT_DELAYED = 2 };

#endif

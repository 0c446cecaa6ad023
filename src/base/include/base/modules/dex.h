/* modules/dex.h - fields and functions of YARA's module dex, by number.
 *
 * A row is a field's name and its type: ym_mod_<type> in src/base/modules/dex.c, where the same
 * rows become the description. */
#ifndef YM_BASE_MODULES_DEX_H
#define YM_BASE_MODULES_DEX_H

/* From version on: fields that only YARA-X has. */
#define YM_DEX_HEADER(X)                                                                           \
    X(magic, text)                                                                                 \
    X(checksum, int)                                                                               \
    X(signature, text)                                                                             \
    X(file_size, int)                                                                              \
    X(header_size, int)                                                                            \
    X(endian_tag, int)                                                                             \
    X(link_size, int)                                                                              \
    X(link_offset, int)                                                                            \
    X(map_offset, int)                                                                             \
    X(string_ids_size, int)                                                                        \
    X(string_ids_offset, int)                                                                      \
    X(type_ids_size, int)                                                                          \
    X(type_ids_offset, int)                                                                        \
    X(proto_ids_size, int)                                                                         \
    X(proto_ids_offset, int)                                                                       \
    X(field_ids_size, int)                                                                         \
    X(field_ids_offset, int)                                                                       \
    X(method_ids_size, int)                                                                        \
    X(method_ids_offset, int)                                                                      \
    X(class_defs_size, int)                                                                        \
    X(class_defs_offset, int)                                                                      \
    X(data_size, int)                                                                              \
    X(data_offset, int)                                                                            \
    X(version, int)

#define YM_DEX_STRING_ID(X) X(offset, int) X(size, int) X(value, text)
#define YM_DEX_TYPE_ID(X) X(descriptor_idx, int)
#define YM_DEX_PROTO_ID(X) X(shorty_idx, int) X(return_type_idx, int) X(parameters_offset, int)
#define YM_DEX_FIELD_ID(X) X(class_idx, int) X(type_idx, int) X(name_idx, int)
#define YM_DEX_METHOD_ID(X) X(class_idx, int) X(proto_idx, int) X(name_idx, int)
#define YM_DEX_CLASS_DEF(X)                                                                        \
    X(class_idx, int)                                                                              \
    X(access_flags, int)                                                                           \
    X(super_class_idx, int)                                                                        \
    X(interfaces_offset, int)                                                                      \
    X(source_file_idx, int)                                                                        \
    X(annotations_offset, int)                                                                     \
    X(class_data_offset, int)                                                                      \
    X(static_values_offset, int)
#define YM_DEX_CLASS_DATA(X)                                                                       \
    X(static_fields_size, int)                                                                     \
    X(instance_fields_size, int)                                                                   \
    X(direct_methods_size, int)                                                                    \
    X(virtual_methods_size, int)
#define YM_DEX_MAP_ITEM(X) X(type, int) X(unused, int) X(size, int) X(offset, int)
#define YM_DEX_MAP_LIST(X) X(size, int) X(map_item, map_items)
#define YM_DEX_FIELD(X)                                                                            \
    X(class_name, text)                                                                            \
    X(name, text)                                                                                  \
    X(proto, text)                                                                                 \
    X(static, int)                                                                                 \
    X(instance, int)                                                                               \
    X(field_idx_diff, int)                                                                         \
    X(access_flags, int)
#define YM_DEX_METHOD(X)                                                                           \
    X(class_name, text)                                                                            \
    X(name, text)                                                                                  \
    X(proto, text)                                                                                 \
    X(direct, int)                                                                                 \
    X(virtual, int)                                                                                \
    X(method_idx_diff, int)                                                                        \
    X(access_flags, int)                                                                           \
    X(code_off, int)                                                                               \
    X(code_item, code_item)
#define YM_DEX_CODE_ITEM(X)                                                                        \
    X(registers_size, int)                                                                         \
    X(ins_size, int)                                                                               \
    X(outs_size, int)                                                                              \
    X(tries_size, int)                                                                             \
    X(debug_info_off, int)                                                                         \
    X(insns_size, int)                                                                             \
    X(insns, text)

/* The constants follow these in the root, and then the functions. */
#define YM_DEX_ROOT(X)                                                                             \
    X(DEX_FILE_MAGIC_035, text)                                                                    \
    X(DEX_FILE_MAGIC_036, text)                                                                    \
    X(DEX_FILE_MAGIC_037, text)                                                                    \
    X(DEX_FILE_MAGIC_038, text)                                                                    \
    X(DEX_FILE_MAGIC_039, text)                                                                    \
    X(header, header)                                                                              \
    X(string_ids, string_ids)                                                                      \
    X(type_ids, type_ids)                                                                          \
    X(proto_ids, proto_ids)                                                                        \
    X(field_ids, field_ids)                                                                        \
    X(method_ids, method_ids)                                                                      \
    X(class_defs, class_defs)                                                                      \
    X(class_data_item, class_data_items)                                                           \
    X(map_list, map_list)                                                                          \
    X(number_of_fields, int)                                                                       \
    X(field, fields)                                                                               \
    X(number_of_methods, int)                                                                      \
    X(method, methods)                                                                             \
    X(is_dex, int)

#define X(name, type) DEX_##name,
enum ym_dex_field { YM_DEX_ROOT(X) DEX_FIELDS };
#undef X
#define X(name, type) DEX_HEADER_##name,
enum ym_dex_header_field { YM_DEX_HEADER(X) DEX_HEADER_FIELDS };
#undef X
#define X(name, type) DEX_STRING_ID_##name,
enum ym_dex_string_id_field { YM_DEX_STRING_ID(X) DEX_STRING_ID_FIELDS };
#undef X
#define X(name, type) DEX_TYPE_ID_##name,
enum ym_dex_type_id_field { YM_DEX_TYPE_ID(X) DEX_TYPE_ID_FIELDS };
#undef X
#define X(name, type) DEX_PROTO_ID_##name,
enum ym_dex_proto_id_field { YM_DEX_PROTO_ID(X) DEX_PROTO_ID_FIELDS };
#undef X
#define X(name, type) DEX_FIELD_ID_##name,
enum ym_dex_field_id_field { YM_DEX_FIELD_ID(X) DEX_FIELD_ID_FIELDS };
#undef X
#define X(name, type) DEX_METHOD_ID_##name,
enum ym_dex_method_id_field { YM_DEX_METHOD_ID(X) DEX_METHOD_ID_FIELDS };
#undef X
#define X(name, type) DEX_CLASS_DEF_##name,
enum ym_dex_class_def_field { YM_DEX_CLASS_DEF(X) DEX_CLASS_DEF_FIELDS };
#undef X
#define X(name, type) DEX_CLASS_DATA_##name,
enum ym_dex_class_data_field { YM_DEX_CLASS_DATA(X) DEX_CLASS_DATA_FIELDS };
#undef X
#define X(name, type) DEX_MAP_ITEM_##name,
enum ym_dex_map_item_field { YM_DEX_MAP_ITEM(X) DEX_MAP_ITEM_FIELDS };
#undef X
#define X(name, type) DEX_MAP_LIST_##name,
enum ym_dex_map_list_field { YM_DEX_MAP_LIST(X) DEX_MAP_LIST_FIELDS };
#undef X
#define X(name, type) DEX_ENCODED_FIELD_##name,
enum ym_dex_encoded_field_field { YM_DEX_FIELD(X) DEX_ENCODED_FIELD_FIELDS };
#undef X
#define X(name, type) DEX_METHOD_##name,
enum ym_dex_method_field { YM_DEX_METHOD(X) DEX_METHOD_FIELDS };
#undef X
#define X(name, type) DEX_CODE_ITEM_##name,
enum ym_dex_code_item_field { YM_DEX_CODE_ITEM(X) DEX_CODE_ITEM_FIELDS };
#undef X

enum ym_dex_function {
    DEX_FN_HAS_METHOD,
    DEX_FN_HAS_METHOD_CLASS,
    DEX_FN_HAS_METHOD_REGEX,
    DEX_FN_HAS_METHOD_CLASS_REGEX,
    DEX_FN_HAS_CLASS,
    DEX_FN_HAS_CLASS_REGEX,
    DEX_FN_CONTAINS_STRING,
    DEX_FN_CONTAINS_METHOD,
    DEX_FN_CONTAINS_CLASS,
    DEX_FN_CHECKSUM
};

#endif

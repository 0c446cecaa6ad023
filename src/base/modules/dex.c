/* modules/dex.c - what YARA's module dex offers; see base/module.h.
 *
 * Names and types are those of YARA 4.5; is_dex, header.version, contains_*() and checksum() are of
 * YARA-X. */
#include "base/modules/dex.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_dex_root;

#define X(field, kind) {.name = #field, .type = &ym_mod_##kind},
#define CONST(constant, value)                                                                     \
    { .name = #constant, .type = &ym_mod_const_int, .i = (value) }

static const struct ym_mod_field header_rows[] = {YM_DEX_HEADER(X)};
static const struct ym_mod_field string_id_rows[] = {YM_DEX_STRING_ID(X)};
static const struct ym_mod_field type_id_rows[] = {YM_DEX_TYPE_ID(X)};
static const struct ym_mod_field proto_id_rows[] = {YM_DEX_PROTO_ID(X)};
static const struct ym_mod_field field_id_rows[] = {YM_DEX_FIELD_ID(X)};
static const struct ym_mod_field method_id_rows[] = {YM_DEX_METHOD_ID(X)};
static const struct ym_mod_field class_def_rows[] = {YM_DEX_CLASS_DEF(X)};
static const struct ym_mod_field class_data_rows[] = {YM_DEX_CLASS_DATA(X)};
static const struct ym_mod_field map_item_rows[] = {YM_DEX_MAP_ITEM(X)};
static const struct ym_mod_field field_rows[] = {YM_DEX_FIELD(X)};
static const struct ym_mod_field code_item_rows[] = {YM_DEX_CODE_ITEM(X)};

static const struct ym_mod_type string_id = YM_MOD_STRUCT_OF(DEX, string_id_rows);
static const struct ym_mod_type type_id = YM_MOD_STRUCT_OF(DEX, type_id_rows);
static const struct ym_mod_type proto_id = YM_MOD_STRUCT_OF(DEX, proto_id_rows);
static const struct ym_mod_type field_id = YM_MOD_STRUCT_OF(DEX, field_id_rows);
static const struct ym_mod_type method_id = YM_MOD_STRUCT_OF(DEX, method_id_rows);
static const struct ym_mod_type class_def = YM_MOD_STRUCT_OF(DEX, class_def_rows);
static const struct ym_mod_type class_data_item = YM_MOD_STRUCT_OF(DEX, class_data_rows);
static const struct ym_mod_type map_item = YM_MOD_STRUCT_OF(DEX, map_item_rows);
static const struct ym_mod_type field = YM_MOD_STRUCT_OF(DEX, field_rows);

/* The names that the rows of the root and of its structs use. */
static const struct ym_mod_type ym_mod_header = YM_MOD_STRUCT_OF(DEX, header_rows);
static const struct ym_mod_type ym_mod_string_ids = YM_MOD_ARRAY_OF(&string_id);
static const struct ym_mod_type ym_mod_type_ids = YM_MOD_ARRAY_OF(&type_id);
static const struct ym_mod_type ym_mod_proto_ids = YM_MOD_ARRAY_OF(&proto_id);
static const struct ym_mod_type ym_mod_field_ids = YM_MOD_ARRAY_OF(&field_id);
static const struct ym_mod_type ym_mod_method_ids = YM_MOD_ARRAY_OF(&method_id);
static const struct ym_mod_type ym_mod_class_defs = YM_MOD_ARRAY_OF(&class_def);
static const struct ym_mod_type ym_mod_class_data_items = YM_MOD_ARRAY_OF(&class_data_item);
static const struct ym_mod_type ym_mod_map_items = YM_MOD_ARRAY_OF(&map_item);
static const struct ym_mod_type ym_mod_fields = YM_MOD_ARRAY_OF(&field);
static const struct ym_mod_type ym_mod_code_item = YM_MOD_STRUCT_OF(DEX, code_item_rows);

static const struct ym_mod_field map_list_rows[] = {YM_DEX_MAP_LIST(X)};
static const struct ym_mod_field method_rows[] = {YM_DEX_METHOD(X)};

static const struct ym_mod_type ym_mod_map_list = YM_MOD_STRUCT_OF(DEX, map_list_rows);
static const struct ym_mod_type method = YM_MOD_STRUCT_OF(DEX, method_rows);
static const struct ym_mod_type ym_mod_methods = YM_MOD_ARRAY_OF(&method);

static const struct ym_mod_overload has_method_ways[] = {
    {"s", YM_MOD_INT, DEX_FN_HAS_METHOD},
    {"ss", YM_MOD_INT, DEX_FN_HAS_METHOD_CLASS},
    {"r", YM_MOD_INT, DEX_FN_HAS_METHOD_REGEX},
    {"rr", YM_MOD_INT, DEX_FN_HAS_METHOD_CLASS_REGEX},
};
static const struct ym_mod_overload has_class_ways[] = {
    {"s", YM_MOD_INT, DEX_FN_HAS_CLASS},
    {"r", YM_MOD_INT, DEX_FN_HAS_CLASS_REGEX},
};
static const struct ym_mod_overload contains_string_ways[] = {
    {"s", YM_MOD_INT, DEX_FN_CONTAINS_STRING}};
static const struct ym_mod_overload contains_method_ways[] = {
    {"s", YM_MOD_INT, DEX_FN_CONTAINS_METHOD}};
static const struct ym_mod_overload contains_class_ways[] = {
    {"s", YM_MOD_INT, DEX_FN_CONTAINS_CLASS}};
static const struct ym_mod_overload checksum_ways[] = {{"", YM_MOD_INT, DEX_FN_CHECKSUM}};

static const struct ym_mod_type has_method = YM_MOD_FUNCTION_OF(has_method_ways);
static const struct ym_mod_type has_class = YM_MOD_FUNCTION_OF(has_class_ways);
static const struct ym_mod_type contains_string = YM_MOD_FUNCTION_OF(contains_string_ways);
static const struct ym_mod_type contains_method = YM_MOD_FUNCTION_OF(contains_method_ways);
static const struct ym_mod_type contains_class = YM_MOD_FUNCTION_OF(contains_class_ways);
static const struct ym_mod_type checksum = YM_MOD_FUNCTION_OF(checksum_ways);

static const struct ym_mod_field root_rows[] = {
    YM_DEX_ROOT(X) /* */
    CONST(ENDIAN_CONSTANT, 0x12345678),
    CONST(REVERSE_ENDIAN_CONSTANT, 0x78563412),
    CONST(NO_INDEX, 0xffffffff),
    CONST(ACC_PUBLIC, 0x1),
    CONST(ACC_PRIVATE, 0x2),
    CONST(ACC_PROTECTED, 0x4),
    CONST(ACC_STATIC, 0x8),
    CONST(ACC_FINAL, 0x10),
    CONST(ACC_SYNCHRONIZED, 0x20),
    CONST(ACC_VOLATILE, 0x40),
    CONST(ACC_BRIDGE, 0x40),
    CONST(ACC_TRANSIENT, 0x80),
    CONST(ACC_VARARGS, 0x80),
    CONST(ACC_NATIVE, 0x100),
    CONST(ACC_INTERFACE, 0x200),
    CONST(ACC_ABSTRACT, 0x400),
    CONST(ACC_STRICT, 0x800),
    CONST(ACC_SYNTHETIC, 0x1000),
    CONST(ACC_ANNOTATION, 0x2000),
    CONST(ACC_ENUM, 0x4000),
    CONST(ACC_CONSTRUCTOR, 0x10000),
    CONST(ACC_DECLARED_SYNCHRONIZED, 0x20000),
    CONST(TYPE_HEADER_ITEM, 0x0000),
    CONST(TYPE_STRING_ID_ITEM, 0x0001),
    CONST(TYPE_TYPE_ID_ITEM, 0x0002),
    CONST(TYPE_PROTO_ID_ITEM, 0x0003),
    CONST(TYPE_FIELD_ID_ITEM, 0x0004),
    CONST(TYPE_METHOD_ID_ITEM, 0x0005),
    CONST(TYPE_CLASS_DEF_ITEM, 0x0006),
    CONST(TYPE_CALL_SITE_ID_ITEM, 0x0007),
    CONST(TYPE_METHOD_HANDLE_ITEM, 0x0008),
    CONST(TYPE_MAP_LIST, 0x1000),
    CONST(TYPE_TYPE_LIST, 0x1001),
    CONST(TYPE_ANNOTATION_SET_REF_LIST, 0x1002),
    CONST(TYPE_ANNOTATION_SET_ITEM, 0x1003),
    CONST(TYPE_CLASS_DATA_ITEM, 0x2000),
    CONST(TYPE_CODE_ITEM, 0x2001),
    CONST(TYPE_STRING_DATA_ITEM, 0x2002),
    CONST(TYPE_DEBUG_INFO_ITEM, 0x2003),
    CONST(TYPE_ANNOTATION_ITEM, 0x2004),
    CONST(TYPE_ENCODED_ARRAY_ITEM, 0x2005),
    CONST(TYPE_ANNOTATIONS_DIRECTORY_ITEM, 0x2006),
    {.name = "has_method", .type = &has_method},
    {.name = "has_class", .type = &has_class},
    {.name = "contains_string", .type = &contains_string},
    {.name = "contains_method", .type = &contains_method},
    {.name = "contains_class", .type = &contains_class},
    {.name = "checksum", .type = &checksum},
};
#undef X

const struct ym_mod_type ym_module_dex_root = YM_MOD_STRUCT_OF(DEX, root_rows);

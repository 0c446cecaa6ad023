/* modules/lnk.c - what YARA-X's module lnk offers (1.20; YARA 4.5 has none); see base/module.h. */
#include "base/modules/lnk.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_lnk_root;

#define X(field, kind) {.name = #field, .type = &ym_mod_##kind},
#define CONST(constant, value)                                                                     \
    { .name = #constant, .type = &ym_mod_const_int, .i = (value) }

static const struct ym_mod_field tracker_rows[] = {YM_MOD_LNK_TRACKER(X)};
static const struct ym_mod_field item_rows[] = {YM_MOD_LNK_ITEM(X)};
static const struct ym_mod_field show_command_rows[] = {
    CONST(NORMAL, 1),
    CONST(MAXIMIZED, 3),
    CONST(MIN_NO_ACTIVE, 7),
};
static const struct ym_mod_field drive_type_rows[] = {
    CONST(UNKNOWN, 0), CONST(NO_ROOT_DIR, 1), CONST(REMOVABLE, 2), CONST(FIXED, 3),
    CONST(REMOTE, 4),  CONST(CDROM, 5),       CONST(RAMDISK, 6),
};
static const struct ym_mod_field shell_item_type_rows[] = {
    CONST(CONTROL_PANEL_CPL, 0x00),    CONST(CONTROL_PANEL_CATEGORY, 0x01),
    CONST(ROOT_FOLDER, 0x1f),          CONST(VOLUME, 0x20),
    CONST(FILE_ENTRY, 0x30),           CONST(NETWORK_LOCATION, 0x40),
    CONST(COMPRESSED_FOLDER, 0x52),    CONST(URI, 0x61),
    CONST(CONTROL_PANEL, 0x71),        CONST(PRINTERS, 0x72),
    CONST(COMMON_PLACES_FOLDER, 0x73), CONST(USERS_FILES_FOLDER, 0x74),
};

/* The names that the rows of the root use. */
static const struct ym_mod_type item = YM_MOD_STRUCT_OF(LNK, item_rows);
static const struct ym_mod_type ym_mod_tracker_data = YM_MOD_STRUCT_OF(LNK, tracker_rows);
static const struct ym_mod_type ym_mod_target_id_list = YM_MOD_ARRAY_OF(&item);
static const struct ym_mod_type ym_mod_show_commands = YM_MOD_STRUCT_OF(LNK, show_command_rows);
static const struct ym_mod_type ym_mod_drive_types = YM_MOD_STRUCT_OF(LNK, drive_type_rows);
static const struct ym_mod_type ym_mod_shell_item_types =
    YM_MOD_STRUCT_OF(LNK, shell_item_type_rows);

static const struct ym_mod_field root_rows[] = {
    YM_MOD_LNK_ROOT(X) /* */
    CONST(FILE_ATTRIBUTE_READONLY, 0x0001),
    CONST(FILE_ATTRIBUTE_HIDDEN, 0x0002),
    CONST(FILE_ATTRIBUTE_SYSTEM, 0x0004),
    CONST(RESERVED_1, 0x0008),
    CONST(FILE_ATTRIBUTE_DIRECTORY, 0x0010),
    CONST(FILE_ATTRIBUTE_ARCHIVE, 0x0020),
    CONST(RESERVED_2, 0x0040),
    CONST(FILE_ATTRIBUTE_NORMAL, 0x0080),
    CONST(FILE_ATTRIBUTE_TEMPORARY, 0x0100),
    CONST(FILE_ATTRIBUTE_SPARSE_FILE, 0x0200),
    CONST(FILE_ATTRIBUTE_REPARSE_POINT, 0x0400),
    CONST(FILE_ATTRIBUTE_COMPRESSED, 0x0800),
    CONST(FILE_ATTRIBUTE_OFFLINE, 0x1000),
    CONST(FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, 0x2000),
    CONST(FILE_ATTRIBUTE_ENCRYPTED, 0x4000),
};
#undef X

const struct ym_mod_type ym_module_lnk_root = YM_MOD_STRUCT_OF(LNK, root_rows);

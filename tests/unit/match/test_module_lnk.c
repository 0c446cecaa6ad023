#include "module_load.h"

#include "../../makers/make_lnk.h"
#include "ym_test.h"

static void make(struct ym_buf *b, bool unicode) {
    ym_buf_init(b, 1 << 16);
    make_lnk_full(unicode, b);
}

static void fields_are_those_of_yara_x(void) {
    struct module_test t;
    struct ym_buf b;

    make(&b, true);
    module_load(&t, YM_MODULE_LNK, b.data, b.len);
    CHECK_EQ(module_int(&t, "is_lnk"), 1);
    CHECK_EQ(module_int(&t, "creation_time"), 0);
    CHECK(!module_defined(&t, "access_time")); /* before 1970 */
    CHECK_EQ(module_int(&t, "write_time"), 1704067200);
    CHECK_EQ(module_int(&t, "file_size"), 4096);
    CHECK_EQ(module_int(&t, "file_attributes"), 0x20);
    CHECK_EQ(module_int(&t, "icon_index"), 7);
    CHECK_EQ(module_int(&t, "show_command"), 7);
    CHECK_EQ(module_int(&t, "drive_type"), 3);
    CHECK_EQ(module_int(&t, "drive_serial_number"), 0xcafe1234);
    CHECK(module_is(&t, "volume_label", "Data"));
    CHECK(module_is(&t, "local_base_path", "C:\\tools\\"));
    CHECK(module_is(&t, "common_path_suffix", "notes.txt"));
    CHECK(module_is(&t, "name", "Notes"));
    CHECK(module_is(&t, "relative_path", "..\\notes.txt"));
    CHECK(module_is(&t, "working_dir", "C:\\tools"));
    CHECK(module_is(&t, "cmd_line_args", "--open \"a b\""));
    CHECK(module_is(&t, "icon_location", "shell32.dll"));
    CHECK_EQ(module_int(&t, "overlay_size"), 14);
    CHECK_EQ(module_int(&t, "overlay_offset"), (int64_t)b.len - 14);
    module_done(&t);
    ym_buf_done(&b);
}

static void tracker_and_items_have_their_fields(void) {
    struct module_test t;
    struct ym_buf b;

    make(&b, false);
    module_load(&t, YM_MODULE_LNK, b.data, b.len);
    CHECK_EQ(module_int(&t, "tracker_data.version"), 1);
    CHECK(module_is(&t, "tracker_data.machine_id", "workstation-7"));
    CHECK(module_is(&t, "tracker_data.droid_volume_id", "03020100-0504-0706-0809-0a0b0c0d0e0f"));
    CHECK(module_is(&t, "tracker_data.droid_file_id", "43424140-4544-4746-4849-4a4b4c4d4e4f"));
    CHECK(module_is(&t, "tracker_data.droid_birth_volume_id",
                    "83828180-8584-8786-8889-8a8b8c8d8e8f"));
    CHECK(
        module_is(&t, "tracker_data.droid_birth_file_id", "c3c2c1c0-c5c4-c7c6-c8c9-cacbcccdcecf"));
    CHECK_EQ(module_int(&t, "target_id_list[0].item_type"), 0x1f);
    CHECK(
        module_is(&t, "target_id_list[0].root_folder_id", "15141312-1716-1918-1a1b-1c1d1e1f2021"));
    CHECK(module_is(&t, "target_id_list[1].volume_name", "C:\\"));
    CHECK(!module_defined(&t, "target_id_list[1].volume_id"));
    CHECK(!module_defined(&t, "target_id_list[2].volume_name"));
    CHECK(module_defined(&t, "target_id_list[2].volume_id"));
    CHECK(module_is(&t, "target_id_list[4].file_entry_name", "notes.txt"));
    CHECK(module_is(&t, "target_id_list[5].network_location", "\\\\server\\share"));
    CHECK(module_is(&t, "target_id_list[7].cpl_file_path", "C:\\wide.cpl"));
    CHECK_EQ(module_int(&t, "target_id_list[9].item_type"), 0x99);
    CHECK_EQ(module_get(&t, "target_id_list[9].data").u.text.n, 10);
    CHECK(!module_defined(&t, "target_id_list[10]"));
    module_done(&t);
    ym_buf_done(&b);
}

static void a_cut_shortcut_is_still_one_and_others_are_not(void) {
    struct module_test t;
    struct ym_buf b;

    make(&b, false);
    for (size_t n = 0; n <= b.len; n++) {
        module_load(&t, YM_MODULE_LNK, b.data, n);
        CHECK_EQ(module_int(&t, "is_lnk"), n >= 0x4c);
        CHECK(module_defined(&t, "file_size") == (n >= 0x4c));
        CHECK(module_defined(&t, "overlay_offset") == (n > b.len - 14));
        CHECK(module_defined(&t, "overlay_size") == (n >= b.len - 14));
        module_done(&t);
    }
    ym_buf_done(&b);
}

/* Not "no shortcut": nobody knows. */
static void without_memory_nothing_is_said(void) {
    struct module_test t;
    struct ym_buf b;

    make(&b, true);
    module_load_capped(&t, YM_MODULE_LNK, b.data, b.len, 1200);
    CHECK(t.root != NULL && ym_arena_status(t.scan.arena) == YM_LIMIT);
    CHECK(!module_defined(&t, "is_lnk"));
    module_done(&t);
    ym_buf_done(&b);
}

static int64_t constant(const char *of, const char *name) {
    const struct ym_mod_type *root = ym_module_get(YM_MODULE_LNK)->root;
    const struct ym_mod_type *type =
        *of == '\0' ? root : root->fields[ym_mod_field_find(root, module_text(of))].type;
    uint32_t field = ym_mod_field_find(type, module_text(name));

    CHECK(field != UINT32_MAX && type->fields[field].type->kind == YM_MOD_CONST_INT);
    return type->fields[field].i;
}

static void constants_are_where_yara_x_has_them(void) {
    CHECK_EQ(constant("", "FILE_ATTRIBUTE_ENCRYPTED"), 0x4000);
    CHECK_EQ(constant("ShowCommand", "MIN_NO_ACTIVE"), 7);
    CHECK_EQ(constant("DriveType", "REMOVABLE"), 2);
    CHECK_EQ(constant("ShellItemType", "CONTROL_PANEL"), 0x71);
}

MAIN(T(fields_are_those_of_yara_x), T(tracker_and_items_have_their_fields),
     T(a_cut_shortcut_is_still_one_and_others_are_not), T(without_memory_nothing_is_said),
     T(constants_are_where_yara_x_has_them))

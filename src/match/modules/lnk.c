/* modules/lnk.c - YARA-X's module lnk over formats/lnk.h; see module.h.
 *
 * What the file does not have is undefined, as are times before 1970 and numbers of an enumeration
 * that do not fit 31 bits.  The overlay is known only of a shortcut that was read to its end, and
 * its place only if there is one. */
#include "module.h"

#include "base/modules/lnk.h"
#include "formats/lnk.h"

extern const struct ym_module_code ym_module_lnk_code;

static void set_text(struct ym_mod_object *o, uint32_t field, struct ym_str text) {
    if (text.s != NULL) {
        ym_mod_set_view(o, field, text);
    }
}

static void set_guid(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                     const uint8_t *guid) {
    char text[YM_GUID_TEXT];

    if (guid != NULL) {
        ym_mod_set_text(s, o, field, ym_guid_text(guid, text), YM_GUID_TEXT - 1);
    }
}

static void set_enum(struct ym_mod_object *o, uint32_t field, uint32_t v) {
    if (v <= INT32_MAX) {
        ym_mod_set_int(o, field, v);
    }
}

static void set_time(struct ym_mod_object *o, uint32_t field, uint64_t filetime) {
    const uint64_t to_1970 = UINT64_C(11644473600);
    const uint64_t seconds = filetime / 10000000;

    if (seconds >= to_1970) {
        ym_mod_set_int(o, field, (int64_t)(seconds - to_1970));
    }
}

static void set_item(struct ym_mod_scan *s, struct ym_mod_object *o,
                     const struct ym_lnk_item *item) {
    ym_mod_set_int(o, LNK_ITEM_item_type, item->type);
    set_text(o, LNK_ITEM_data, item->data);
    if (item->type == YM_LNK_CPL) {
        set_text(o, LNK_ITEM_cpl_file_path, item->text);
    } else if (item->type == YM_LNK_ROOT) {
        set_guid(s, o, LNK_ITEM_root_folder_id, item->id);
    } else if (item->type == YM_LNK_VOLUME) {
        set_text(o, LNK_ITEM_volume_name, item->text);
        set_guid(s, o, LNK_ITEM_volume_id, item->id);
    } else if (item->type == YM_LNK_FILE) {
        set_text(o, LNK_ITEM_file_entry_name, item->text);
    } else if (item->type == YM_LNK_NETWORK) {
        set_text(o, LNK_ITEM_network_location, item->text);
    }
}

static void set_items(struct ym_mod_scan *s, struct ym_mod_object *root, const struct ym_lnk *lnk) {
    struct ym_mod_object *array = ym_mod_make(s, root, LNK_target_id_list);

    for (uint32_t i = 0; i < lnk->n_items && ym_mod_spend(s, 1); i++) {
        set_item(s, ym_mod_append_object(s, array), &lnk->items[i]);
    }
}

static void set_tracker(struct ym_mod_scan *s, struct ym_mod_object *root,
                        const struct ym_lnk_tracker *t) {
    struct ym_mod_object *o = ym_mod_make(s, root, LNK_tracker_data);

    ym_mod_set_int(o, LNK_TRACKER_version, t->version);
    set_text(o, LNK_TRACKER_machine_id, t->machine);
    set_guid(s, o, LNK_TRACKER_droid_volume_id, t->volume);
    set_guid(s, o, LNK_TRACKER_droid_file_id, t->file);
    set_guid(s, o, LNK_TRACKER_droid_birth_volume_id, t->birth_volume);
    set_guid(s, o, LNK_TRACKER_droid_birth_file_id, t->birth_file);
}

static void set_header(struct ym_mod_object *root, const struct ym_lnk *lnk) {
    ym_mod_set_int(root, LNK_file_attributes, lnk->attributes);
    set_time(root, LNK_creation_time, lnk->created);
    set_time(root, LNK_access_time, lnk->accessed);
    set_time(root, LNK_write_time, lnk->written);
    ym_mod_set_int(root, LNK_file_size, lnk->file_size);
    ym_mod_set_int(root, LNK_icon_index, lnk->icon_index);
    set_enum(root, LNK_show_command, lnk->show_command);
}

static void set_target(struct ym_mod_object *root, const struct ym_lnk *lnk) {
    if (lnk->has_volume) {
        set_enum(root, LNK_drive_type, lnk->drive_type);
        ym_mod_set_int(root, LNK_drive_serial_number, lnk->drive_serial);
    }
    set_text(root, LNK_volume_label, lnk->volume_label);
    set_text(root, LNK_local_base_path, lnk->local_base_path);
    set_text(root, LNK_common_path_suffix, lnk->common_path_suffix);
    set_text(root, LNK_name, lnk->name);
    set_text(root, LNK_relative_path, lnk->relative_path);
    set_text(root, LNK_working_dir, lnk->working_dir);
    set_text(root, LNK_cmd_line_args, lnk->arguments);
    set_text(root, LNK_icon_location, lnk->icon_location);
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_lnk lnk;
    struct ym_reader r;
    ym_status st;

    ym_reader_init(&r, s->data, s->size);
    st = ym_lnk_parse(r, s->arena, &lnk, NULL);
    if (st != YM_OK) {
        if (st == YM_MALFORMED) { /* else it may be one, but there is no memory */
            ym_mod_set_int(root, LNK_is_lnk, 0);
        }
        return;
    }
    ym_mod_set_int(root, LNK_is_lnk, 1);
    set_header(root, &lnk);
    set_target(root, &lnk);
    set_items(s, root, &lnk);
    if (lnk.has_tracker) {
        set_tracker(s, root, &lnk.tracker);
    }
    if (lnk.whole) {
        ym_mod_set_int(root, LNK_overlay_size, (int64_t)(s->size - lnk.end));
    }
    if (lnk.whole && lnk.end < s->size) {
        ym_mod_set_int(root, LNK_overlay_offset, (int64_t)lnk.end);
    }
}

const struct ym_module_code ym_module_lnk_code = {.load = load};

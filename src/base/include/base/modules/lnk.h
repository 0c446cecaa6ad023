/* modules/lnk.h - fields of YARA-X's module lnk, by number.
 *
 * A row is a field's name and its type: ym_mod_<type> in src/base/modules/lnk.c, where the same
 * rows become the description. */
#ifndef YM_BASE_MODULES_LNK_H
#define YM_BASE_MODULES_LNK_H

/* The constants follow these in the root. */
#define YM_MOD_LNK_ROOT(X)                                                                         \
    X(is_lnk, int)                                                                                 \
    X(name, text)                                                                                  \
    X(creation_time, int)                                                                          \
    X(access_time, int)                                                                            \
    X(write_time, int)                                                                             \
    X(file_size, int)                                                                              \
    X(file_attributes, int)                                                                        \
    X(icon_location, text)                                                                         \
    X(icon_index, int)                                                                             \
    X(show_command, int)                                                                           \
    X(drive_type, int)                                                                             \
    X(drive_serial_number, int)                                                                    \
    X(volume_label, text)                                                                          \
    X(local_base_path, text)                                                                       \
    X(common_path_suffix, text)                                                                    \
    X(relative_path, text)                                                                         \
    X(working_dir, text)                                                                           \
    X(cmd_line_args, text)                                                                         \
    X(overlay_size, int)                                                                           \
    X(overlay_offset, int)                                                                         \
    X(tracker_data, tracker_data)                                                                  \
    X(target_id_list, target_id_list)                                                              \
    X(ShowCommand, show_commands)                                                                  \
    X(DriveType, drive_types)                                                                      \
    X(ShellItemType, shell_item_types)

#define YM_MOD_LNK_TRACKER(X)                                                                      \
    X(version, int)                                                                                \
    X(machine_id, text)                                                                            \
    X(droid_volume_id, text)                                                                       \
    X(droid_file_id, text)                                                                         \
    X(droid_birth_volume_id, text)                                                                 \
    X(droid_birth_file_id, text)

#define YM_MOD_LNK_ITEM(X)                                                                         \
    X(item_type, int)                                                                              \
    X(data, text)                                                                                  \
    X(cpl_file_path, text)                                                                         \
    X(root_folder_id, text)                                                                        \
    X(volume_name, text)                                                                           \
    X(volume_id, text)                                                                             \
    X(file_entry_name, text)                                                                       \
    X(network_location, text)

#define X(name, type) LNK_##name,
enum ym_mod_lnk_field { YM_MOD_LNK_ROOT(X) LNK_FIELDS };
#undef X
#define X(name, type) LNK_TRACKER_##name,
enum ym_mod_lnk_tracker_field { YM_MOD_LNK_TRACKER(X) LNK_TRACKER_FIELDS };
#undef X
#define X(name, type) LNK_ITEM_##name,
enum ym_mod_lnk_item_field { YM_MOD_LNK_ITEM(X) LNK_ITEM_FIELDS };
#undef X

#endif

/* volume_damage.h - damage to a generated volume.  Each notes the gap that must be reported, and
 * moves the traces that can no longer be seen from `present` to `hidden`. */
#ifndef YM_TESTS_VOLUME_DAMAGE_H
#define YM_TESTS_VOLUME_DAMAGE_H

#include "generated_volume.h"

/* Hives open: between volume_add_traces() and volume_end(). */
void damage_no_control_set(struct volume *v);
void damage_current_set_missing(struct volume *v);
void damage_services_missing(struct volume *v); /* of the first control set */
void damage_long_list(struct volume *v);        /* beside the one that has to change */
void damage_odd_values(struct volume *v);       /* no gap: all of it can be read */

/* Files: after volume_end(). */
void damage_system_missing(struct volume *v);
void damage_software_missing(struct volume *v);
void damage_system_cut(struct volume *v);
void damage_software_dirty(struct volume *v);
void damage_users_cut(struct volume *v);
void damage_user_dirty(struct volume *v);
void damage_system_is_no_hive(struct volume *v);
void damage_config_missing(struct volume *v);
void damage_value_too_long(struct volume *v);
void damage_service_key(struct volume *v);      /* a part of it cannot be read, so not saved */
void damage_service_closed(struct volume *v);   /* no gap: its permissions are a trace */
void damage_against_the_worm(struct volume *v); /* none either: an administrator's permissions */
void damage_links_in_circles(struct volume *v);
void damage_profile_is_a_link(struct volume *v);
void damage_windows_is_a_link(struct volume *v);
void damage_second_windows(struct volume *v); /* beside a folder that is not WINNT */
void damage_files_too_odd(struct volume *v);  /* a cut task, an autorun.inf of 5 MB */

/* Modes without any right: only a process without CAP_DAC_OVERRIDE sees them as closed. */
void damage_tasks_closed(struct volume *v);
void damage_profile_closed(struct volume *v);
void damage_recycler_closed(struct volume *v);
void damage_recycler_names_only(struct volume *v); /* can be listed, not entered */

#endif

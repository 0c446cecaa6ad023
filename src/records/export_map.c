/* export_map.c - which part of a record goes where in OCSF, ECS and CEF.
 *
 * Sources: OCSF 1.8.0, github.com/ocsf/ocsf-schema (3dcb905d): events/ and objects/; ECS 9.4,
 * github.com/elastic/ecs (generated/ecs/ecs_flat.yml); CEF: ArcSight Common Event Format,
 * Implementation Standard, its dictionary of extensions.  docs/formats/record-exports.md shows this
 * table, and a test compares both. */
#include "export_int.h"

#include <string.h>

#define BIT(kind) (1u << YM_EVENT_##kind)
enum {
    ALL = (1u << YM_EVENT_COUNT) - 1,
    FINDINGS = BIT(DETECTION) | BIT(UPDATE) | BIT(DOOR),
    EXPOSURES = BIT(UPDATE) | BIT(DOOR),
};

#define X(name, word, class, category, activity, kind, ecs, type)                                  \
    [YM_EVENT_##name] = {word, class, category, activity, kind, ecs, type},
const struct ym_event_class ym_event_classes[YM_EVENT_COUNT] = {YM_EVENT_TABLE(X)};
#undef X

static struct ym_value text(const char *s) {
    return (struct ym_value){s == NULL || s[0] == '\0' ? YM_VALUE_NONE : YM_VALUE_TEXT, s, 0};
}

static struct ym_value number(int64_t n) {
    return (struct ym_value){YM_VALUE_NUMBER, NULL, n};
}

static struct ym_value count(uint64_t n) {
    return number(n <= INT64_MAX ? (int64_t)n : INT64_MAX);
}

static struct ym_value truth(bool v) {
    return (struct ym_value){YM_VALUE_BOOL, NULL, v};
}

static const struct ym_value nothing = {YM_VALUE_NONE, NULL, 0};

/* GET(name, expression): the value of one row. */
#define GET(name, expression)                                                                      \
    static struct ym_value get_##name(const struct ym_event *e) {                                  \
        return expression;                                                                         \
    }
#define CONSTANT(name, expression)                                                                 \
    static struct ym_value get_##name(const struct ym_event *e) {                                  \
        (void)e;                                                                                   \
        return expression;                                                                         \
    }

/* --- what every event has --- */

static const struct ym_event_class *class_of(const struct ym_event *e) {
    return &ym_event_classes[e->kind];
}

CONSTANT(ocsf_version, text("1.8.0"))
CONSTANT(ecs_version, text("9.4.0"))
CONSTANT(vendor, text("Yamori"))
CONSTANT(module, text("yamori"))
CONSTANT(host_profile, text("host"))
GET(class_uid, number(class_of(e)->class_uid))
GET(category_uid, number(class_of(e)->category_uid))
GET(activity_id, number(class_of(e)->activity_id))
GET(type_uid, number(class_of(e)->class_uid * 100 + class_of(e)->activity_id))
GET(word, text(class_of(e)->word))
GET(ecs_kind, text(class_of(e)->kind))
GET(ecs_category, text(class_of(e)->category))
GET(ecs_type, text(class_of(e)->type))
GET(uid, text(e->uid))
GET(id, text(e->id))
GET(time_ms, number(e->record->time * 1000))
GET(time_iso, text(e->time))
GET(tool, text(e->record->tool))
GET(run, text(ym_run_word(e->record->run)))

/* OCSF: 1 informational, 2 low, 3 medium, 4 high; of exposures what is open. */
static int severity(const struct ym_event *e) {
    if (e->detection != NULL) {
        bool mild = strcmp(e->detection->category, "adware") == 0 ||
                    strcmp(e->detection->category, "unwanted") == 0;

        return mild ? 2 : e->detection->blocked ? 3 : 4;
    }
    if (e->exposure != NULL) {
        return e->exposure->state == YM_EXPOSURE_STATE_OPEN     ? 3
               : e->exposure->state == YM_EXPOSURE_STATE_PARTLY ? 2
                                                                : 1;
    }
    return 1;
}
GET(severity, number(severity(e)))
/* CEF: 0 to 10, of which 0-3 is low, 4-6 medium, 7-8 high. */
GET(severity_10, number(severity(e) == 1 ? 1 : severity(e) * 2))

static const char *main_text(const struct ym_event *e) {
    return e->detection != NULL     ? e->detection->name
           : e->repair != NULL      ? e->repair->what
           : e->exposure != NULL    ? e->exposure->id
           : e->observation != NULL ? e->observation->kind
                                    : ym_run_word(e->record->run);
}
GET(message, text(main_text(e)))

/* --- the system --- */

static bool is_windows(const struct ym_event *e) {
    return e->record->system != NULL && strstr(e->record->system, "Windows") != NULL;
}

static bool is_linux(const struct ym_event *e) {
    return e->record->system != NULL && strstr(e->record->system, "Linux") != NULL;
}

static bool is_placed(const struct ym_event *e) {
    return e->record->country[0] != '\0' && strcmp(e->record->country, "ZZ") != 0;
}

static const char *role(const struct ym_event *e) {
    return e->record->server == YM_SERVER_YES  ? "server"
           : e->record->server == YM_SERVER_NO ? "client"
                                               : "";
}

static const char *system_of(const struct ym_event *e) {
    return e->record->system == NULL ? "" : e->record->system;
}

GET(machine, text(e->machine))
GET(device_type_id, number(e->record->server == YM_SERVER_YES ? 1 : 0))
GET(role, text(role(e)))
GET(system, text(system_of(e)))
GET(system_or_unknown, text(system_of(e)[0] == '\0' ? "Unknown" : system_of(e)))
GET(os_type_id, number(is_windows(e) ? 100 : is_linux(e) ? 200 : 0))
GET(os_type, text(is_windows(e) ? "windows" : is_linux(e) ? "linux" : ""))
GET(service_pack, text(e->record->service_pack))
GET(bits, e->record->bits == 0 ? nothing : number(e->record->bits))
GET(country, is_placed(e) ? text(e->record->country) : nothing)
GET(located, is_placed(e) ? text(ym_located_word(e->record->located)) : nothing)
GET(segment, text(ym_segment_word(e->record->segment)))
GET(protection, text(ym_protection_word(e->record->protection)))
GET(simulated, truth(e->record->simulated))

/* --- a run --- */

static uint64_t repairs_done(const struct ym_record *r) {
    uint64_t n = 0;

    for (size_t i = 0; i < r->n_repairs; i++) {
        n += r->repairs[i].result == YM_REPAIR_DONE;
    }
    return n;
}

CONSTANT(unknown_id, number(0))
GET(outcome, text(ym_outcome_word(e->record->outcome)))
GET(files, count(e->record->files))
GET(gaps, count(e->record->gaps))
GET(n_detections, count(e->record->n_detections + e->record->detections_left_out))
GET(n_resolved, count(repairs_done(e->record)))
GET(duration_ms, count(e->record->duration_ms))
GET(duration_ns,
    count(e->record->duration_ms > INT64_MAX / 1000000 ? INT64_MAX
                                                       : e->record->duration_ms * 1000000))
GET(epoch, count(e->record->epoch))

/* --- a detection --- */

/* The classes of OCSF's malware object; 99: another. */
static int malware_class(const char *category) {
    static const struct {
        const char *category;
        int id;
    } classes[] = {
        {"adware", 1},           {"backdoor", 2}, {"downloader", 6}, {"exploit", 8}, {"trojan", 18},
        {"password-stealer", 9}, {"spyware", 17}, {"virus", 19},     {"worm", 22},   {"", 0}};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(classes[i].category, category) == 0) {
            return classes[i].id;
        }
    }
    return 99;
}

static bool is_registry(const struct ym_event *e) {
    return strncmp(e->detection->object, "HK", 2) == 0;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *back = strrchr(path, '\\');
    const char *last = slash == NULL || (back != NULL && back > slash) ? back : slash;

    return last == NULL || last[1] == '\0' ? path : last + 1;
}

/* What was done about it: 2 blocked, 11 corrected, 12 partially, 15 detected. */
static int disposition(const struct ym_event *e) {
    return e->detection->blocked                      ? 2
           : e->record->outcome == YM_OUTCOME_CLEANED ? 11
           : e->record->outcome == YM_OUTCOME_PARTLY  ? 12
                                                      : 15;
}

CONSTANT(control_profile, text("security_control"))
CONSTANT(is_alert, truth(true))
GET(family, text(e->detection->family))
GET(family_or_name,
    text(e->detection->family[0] == '\0' ? e->detection->name : e->detection->family))
GET(software_type, e->detection->family[0] == '\0' ? nothing : text("Malware"))
GET(category, text(e->detection->category))
GET(malware_class, number(malware_class(e->detection->category)))
GET(object, text(e->detection->object))
GET(file, is_registry(e) ? nothing : text(e->detection->object))
GET(file_name, is_registry(e) ? nothing : text(base_name(e->detection->object)))
GET(file_type, is_registry(e) || e->detection->object[0] == '\0' ? nothing : number(0))
GET(registry, is_registry(e) ? text(e->detection->object) : nothing)
GET(path, text(ym_path_word(e->detection->path)))
GET(blocked, truth(e->detection->blocked))
GET(action_id, number(e->detection->blocked ? 2 : 1))
GET(disposition_id, number(disposition(e)))
GET(act, text(e->detection->blocked ? "blocked" : ym_outcome_word(e->record->outcome)))

/* --- a repair --- */

GET(what, text(e->repair->what))
GET(repair_status, number(e->repair->result == YM_REPAIR_DONE     ? 1
                          : e->repair->result == YM_REPAIR_FAILED ? 2
                                                                  : 99))
GET(repair_outcome, text(e->repair->result == YM_REPAIR_DONE     ? "success"
                         : e->repair->result == YM_REPAIR_FAILED ? "failure"
                                                                 : "unknown"))
GET(repair_result, text(ym_repair_word(e->repair->result)))

/* --- an exposure --- */

GET(exposure_id, text(e->exposure->id))
GET(state, text(ym_exposure_state_word(e->exposure->state)))
GET(age_days, e->exposure->age_days < 0 ? nothing : number(e->exposure->age_days))
GET(finding_status, number(e->exposure->state == YM_EXPOSURE_STATE_CLOSED ? 4 : 1))

static int compliance(const struct ym_event *e) {
    static const int ids[YM_EXPOSURE_STATE_COUNT] = {[YM_EXPOSURE_STATE_CLOSED] = 1,
                                                     [YM_EXPOSURE_STATE_PARTLY] = 2,
                                                     [YM_EXPOSURE_STATE_OPEN] = 3};

    return ids[e->exposure->state];
}
GET(compliance, number(compliance(e)))

/* --- an observation --- */

GET(seen_kind, text(e->observation->kind))
GET(seen_key, text(e->observation->key))
GET(seen_count, count(e->observation->count))

const struct ym_map_row ym_export_rows[] = {
    {"version of the form", ALL, get_ocsf_version, "metadata.version", NULL, NULL},
    {"version of the form", ALL, get_ecs_version, NULL, "ecs.version", NULL},
    {"class of the event", ALL, get_class_uid, "class_uid", NULL, NULL},
    {"class of the event", ALL, get_category_uid, "category_uid", NULL, NULL},
    {"class of the event", ALL, get_activity_id, "activity_id", NULL, NULL},
    {"class of the event", ALL, get_type_uid, "type_uid", NULL, NULL},
    {"class of the event", ALL, get_word, "metadata.event_code", "event.dataset", "|signature"},
    {"class of the event", ALL, get_ecs_kind, NULL, "event.kind", NULL},
    {"class of the event", ALL, get_ecs_category, NULL, "event.category[]", NULL},
    {"class of the event", ALL, get_ecs_type, NULL, "event.type[]", NULL},
    {"how bad", ALL, get_severity, "severity_id", NULL, NULL},
    {"how bad", ALL, get_severity_10, NULL, "event.severity", "|severity"},
    {"name, what, id or kind", ALL, get_message, "message", "message", "|name"},
    {"id, event, place in its list", ALL, get_uid, "metadata.uid", "event.id", "externalId"},
    {"id", ALL, get_id, "metadata.correlation_uid", "labels.record", NULL},
    {"time", ALL, get_time_ms, "time", NULL, "rt"},
    {"time", ALL, get_time_iso, NULL, "@timestamp", NULL},
    {"tool", ALL, get_tool, "metadata.product.name", "observer.product", "|version"},
    {"tool", ALL, get_vendor, "metadata.product.vendor_name", "observer.vendor", "|vendor"},
    {"tool", ALL, get_module, NULL, "event.module", "|product"},
    {"run", ALL, get_run, "metadata.log_name", "event.action", "cat"},
    {"machine", ALL, get_host_profile, "metadata.profiles[]", NULL, NULL},
    {"machine, else id", ALL, get_machine, "device.uid", "host.id", "deviceExternalId"},
    {"server", ALL, get_device_type_id, "device.type_id", NULL, NULL},
    {"server", ALL, get_role, "device.type", "host.type", NULL},
    {"system", ALL, get_system, NULL, "host.os.full", "cs6:system"},
    {"system", ALL, get_system_or_unknown, "device.os.name", NULL, NULL},
    {"system", ALL, get_os_type_id, "device.os.type_id", NULL, NULL},
    {"system", ALL, get_os_type, NULL, "host.os.type", NULL},
    {"service_pack", ALL, get_service_pack, "device.os.sp_name", "host.os.version", NULL},
    {"bits", ALL, get_bits, "device.os.cpu_bits", "labels.bits", NULL},
    {"country", ALL, get_country, "device.location.country", "host.geo.country_iso_code",
     "cs4:country"},
    {"located", ALL, get_located, "device.location.provider", "labels.located", NULL},
    {"segment", ALL, get_segment, "unmapped.segment", "labels.segment", "cs5:segment"},
    {"protection", ALL, get_protection, "unmapped.protection", "labels.protection", NULL},
    {"simulated", ALL, get_simulated, "unmapped.simulated", "labels.simulated",
     "flexString1:simulated"},
    {"id", BIT(RUN), get_id, "scan.uid", NULL, NULL},
    {"run", BIT(RUN), get_run, "scan.name", NULL, NULL},
    {"run", BIT(RUN), get_unknown_id, "scan.type_id", NULL, NULL},
    {"outcome", BIT(RUN), get_outcome, "unmapped.outcome", "labels.outcome", "outcome"},
    {"files", BIT(RUN), get_files, "total", "labels.files", "cn1:files"},
    {"gaps", BIT(RUN), get_gaps, "num_skipped_items", "labels.gaps", "cn2:gaps"},
    {"detections", BIT(RUN), get_n_detections, "num_detections", "labels.detections",
     "cn3:detections"},
    {"repairs that are done", BIT(RUN), get_n_resolved, "num_resolutions", "labels.repairs", NULL},
    {"duration_ms", BIT(RUN), get_duration_ms, "duration", NULL, NULL},
    {"duration_ms", BIT(RUN), get_duration_ns, NULL, "event.duration", NULL},
    {"epoch", BIT(RUN), get_epoch, "unmapped.epoch", "labels.epoch", NULL},
    {"name or id", FINDINGS, get_uid, "finding_info.uid", NULL, NULL},
    {"name or id", FINDINGS, get_message, "finding_info.title", NULL, NULL},
    {"name", BIT(DETECTION), get_message, NULL, "rule.name", NULL},
    {"family", BIT(DETECTION), get_family, NULL, "threat.software.name", "cs1:family"},
    {"family", BIT(DETECTION), get_software_type, NULL, "threat.software.type", NULL},
    {"family, else name", BIT(DETECTION), get_family_or_name, "malware[].name", NULL, NULL},
    {"category", BIT(DETECTION), get_category, "finding_info.types[]", "rule.category",
     "cs2:category"},
    {"category", BIT(DETECTION), get_malware_class, "malware[].classification_ids[]", NULL, NULL},
    {"object, a file", BIT(DETECTION), get_file, "evidences[].file.path", "file.path", NULL},
    {"object, a file", BIT(DETECTION), get_file_name, "evidences[].file.name", NULL, NULL},
    {"object, a file", BIT(DETECTION), get_file_type, "evidences[].file.type_id", NULL, NULL},
    {"object, a key", BIT(DETECTION), get_registry, "evidences[].data", "registry.path", NULL},
    {"object", BIT(DETECTION), get_object, NULL, NULL, "filePath"},
    {"path", BIT(DETECTION), get_path, "unmapped.path", "labels.path", "cs3:path"},
    {"blocked", BIT(DETECTION), get_control_profile, "metadata.profiles[]", NULL, NULL},
    {"blocked", BIT(DETECTION), get_is_alert, "is_alert", NULL, NULL},
    {"blocked", BIT(DETECTION), get_blocked, NULL, "labels.blocked", NULL},
    {"blocked", BIT(DETECTION), get_action_id, "action_id", NULL, NULL},
    {"blocked, outcome", BIT(DETECTION), get_disposition_id, "disposition_id", NULL, NULL},
    {"blocked, outcome", BIT(DETECTION), get_act, NULL, NULL, "act"},
    {"id", BIT(REPAIR), get_id, "command_uid", NULL, NULL},
    {"what", BIT(REPAIR), get_what, "remediation.desc", NULL, "msg"},
    {"result", BIT(REPAIR), get_repair_status, "status_id", NULL, NULL},
    {"result", BIT(REPAIR), get_repair_outcome, NULL, "event.outcome", NULL},
    {"result", BIT(REPAIR), get_repair_result, "status", "labels.result", "outcome"},
    {"id", BIT(UPDATE), get_exposure_id, "vulnerabilities[].advisory.uid", "vulnerability.id",
     NULL},
    {"age_days", BIT(UPDATE), get_age_days, "unmapped.age_days", "labels.age_days", "cn1:age_days"},
    {"id", BIT(DOOR), get_exposure_id, "compliance.control", "rule.name", NULL},
    {"state", BIT(DOOR), get_compliance, "compliance.status_id", NULL, NULL},
    {"state", EXPOSURES, get_finding_status, "status_id", NULL, NULL},
    {"state", EXPOSURES, get_state, "unmapped.state", "labels.state", "cs2:state"},
    {"kind", BIT(OBSERVATION), get_seen_kind, "unmapped.kind", "labels.kind", "cs1:kind"},
    {"key", BIT(OBSERVATION), get_seen_key, "unmapped.key", "labels.key", "cs2:key"},
    {"count", BIT(OBSERVATION), get_seen_count, "count", "labels.count", "cnt"},
};
const size_t ym_export_n_rows = sizeof(ym_export_rows) / sizeof(ym_export_rows[0]);

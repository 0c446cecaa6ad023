/* modules/cuckoo.c - what YARA's module cuckoo offers; see base/module.h. */
#include "base/modules/cuckoo.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_cuckoo_root;

/* All take one regular expression, two of them a port as well. */
#define FORM(name, letters, number)                                                                \
    static const struct ym_mod_overload name##_forms[] = {{letters, YM_MOD_INT, number}};          \
    static const struct ym_mod_type name##_type = YM_MOD_FUNCTION_OF(name##_forms);

FORM(dns_lookup, "r", CUCKOO_FN_DNS_LOOKUP)
FORM(http_get, "r", CUCKOO_FN_HTTP_GET)
FORM(http_post, "r", CUCKOO_FN_HTTP_POST)
FORM(http_request, "r", CUCKOO_FN_HTTP_REQUEST)
FORM(http_user_agent, "r", CUCKOO_FN_HTTP_USER_AGENT)
FORM(host, "r", CUCKOO_FN_HOST)
FORM(tcp, "ri", CUCKOO_FN_TCP)
FORM(udp, "ri", CUCKOO_FN_UDP)
FORM(key_access, "r", CUCKOO_FN_KEY_ACCESS)
FORM(file_access, "r", CUCKOO_FN_FILE_ACCESS)
FORM(mutex, "r", CUCKOO_FN_MUTEX)

static const struct ym_mod_field network[] = {
    {.name = "dns_lookup", .type = &dns_lookup_type},
    {.name = "http_get", .type = &http_get_type},
    {.name = "http_post", .type = &http_post_type},
    {.name = "http_request", .type = &http_request_type},
    {.name = "http_user_agent", .type = &http_user_agent_type},
    {.name = "host", .type = &host_type},
    {.name = "tcp", .type = &tcp_type},
    {.name = "udp", .type = &udp_type},
};
static const struct ym_mod_field registry[] = {{.name = "key_access", .type = &key_access_type}};
static const struct ym_mod_field filesystem[] = {
    {.name = "file_access", .type = &file_access_type}};
static const struct ym_mod_field sync_fields[] = {{.name = "mutex", .type = &mutex_type}};

static const struct ym_mod_type network_type = YM_MOD_STRUCT_OF(CUCKOO, network);
static const struct ym_mod_type registry_type = YM_MOD_STRUCT_OF(CUCKOO, registry);
static const struct ym_mod_type filesystem_type = YM_MOD_STRUCT_OF(CUCKOO, filesystem);
static const struct ym_mod_type sync_type = YM_MOD_STRUCT_OF(CUCKOO, sync_fields);

static const struct ym_mod_field fields[] = {
    [CUCKOO_network] = {.name = "network", .type = &network_type},
    [CUCKOO_registry] = {.name = "registry", .type = &registry_type},
    [CUCKOO_filesystem] = {.name = "filesystem", .type = &filesystem_type},
    [CUCKOO_sync] = {.name = "sync", .type = &sync_type},
};

const struct ym_mod_type ym_module_cuckoo_root = YM_MOD_STRUCT_OF(CUCKOO, fields);

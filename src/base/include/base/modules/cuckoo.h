/* modules/cuckoo.h - numbers of the structs and functions of YARA's module cuckoo
 * (docs/modules/cuckoo). */
#ifndef YM_BASE_MODULES_CUCKOO_H
#define YM_BASE_MODULES_CUCKOO_H

enum ym_cuckoo_field { CUCKOO_network, CUCKOO_registry, CUCKOO_filesystem, CUCKOO_sync };

enum ym_cuckoo_function {
    CUCKOO_FN_DNS_LOOKUP,
    CUCKOO_FN_HTTP_GET,
    CUCKOO_FN_HTTP_POST,
    CUCKOO_FN_HTTP_REQUEST,
    CUCKOO_FN_HTTP_USER_AGENT,
    CUCKOO_FN_HOST,
    CUCKOO_FN_TCP,
    CUCKOO_FN_UDP,
    CUCKOO_FN_KEY_ACCESS,
    CUCKOO_FN_FILE_ACCESS,
    CUCKOO_FN_MUTEX
};

#endif

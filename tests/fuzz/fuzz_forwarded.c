/* fuzz_forwarded.c - X-Forwarded-For: whoever is named is no proxy, and what a client writes before it
 * changes nothing. */
#include "fleet/forwarded.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char spoof[] = "203.0.113.77,";
    struct ym_network proxies[2];
    struct ym_address a;
    struct ym_address b;
    char *longer = malloc(sizeof(spoof) - 1 + len);
    bool found;

    if (longer == NULL || !ym_network_parse("10.0.0.0/8", &proxies[0]) ||
        !ym_network_parse("2001:db8::/32", &proxies[1])) {
        abort();
    }
    found = ym_forwarded_client((struct ym_str){(const char *)data, len}, proxies, 2, &a);
    if (found && ym_address_is_proxy(&a, proxies, 2)) {
        abort();
    }
    memcpy(longer, spoof, sizeof(spoof) - 1);
    memcpy(longer + sizeof(spoof) - 1, data, len);
    if (found &&
        (!ym_forwarded_client((struct ym_str){longer, sizeof(spoof) - 1 + len}, proxies, 2, &b) ||
         memcmp(&a, &b, sizeof(a)) != 0)) {
        abort();
    }
    free(longer);
    return 0;
}

/* fuzz_feed_csv.c - lines of lists: fields lie in the line, hosts are well formed. */
#include "feeds/csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void host(struct ym_str url) {
    char name[YM_HOST_SIZE];
    char again[YM_HOST_SIZE];
    char country[3];
    bool address;
    bool address_again;

    if (!ym_url_host(url, name, &address)) {
        return;
    }
    if (strlen(name) == 0 || strlen(name) >= YM_HOST_SIZE || strpbrk(name, "/?# \t\r\n") != NULL) {
        abort();
    }
    if (strchr(name, ':') == NULL && strchr(name, '.') != NULL &&
        (!ym_url_host((struct ym_str){name, strlen(name)}, again, &address_again) ||
         strcmp(name, again) != 0 || address != address_again)) {
        abort(); /* a host is its own host */
    }
    if (!address && ym_host_country(name, country) && strlen(country) != 2) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    char *line = malloc(len + 1);
    size_t n = 0;
    int month;

    if (line == NULL) {
        return 0;
    }
    memcpy(line, data, len);
    if (ym_csv_split(line, len, field, &n) == YM_OK) {
        for (size_t i = 0; i < n; i++) {
            if (field[i].s < line || field[i].s + field[i].n > line + len) {
                abort();
            }
            host(field[i]);
            if (ym_feed_month(field[i], &month) && (month < 1970 * 12 || month >= 2200 * 12)) {
                abort();
            }
        }
    }
    free(line);
    return 0;
}

/* fuzz_webcheck.c - cookies, origins and forms of any browser, and addresses of alerts.  The first byte chooses. */
#include "fleet/alerts.h"
#include "fleet/webcheck.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static void cookie(const char *text) {
    char value[YM_SESSION_TEXT];

    if (ym_cookie_find(text, "__Host-yamori", value)) {
        must(strlen(value) == 64 && strspn(value, "0123456789abcdef") == 64);
        must(strstr(text, value) != NULL);
    }
}

/* origin LF host LF site */
static void origin(char *text) {
    char *host = strchr(text, '\n');
    char *site = host == NULL ? NULL : strchr(host + 1, '\n');

    if (site == NULL) {
        return;
    }
    *host++ = '\0';
    *site++ = '\0';
    if (ym_web_same_origin("https", text, host, site)) {
        must(strcmp(site, "same-origin") == 0 && strncmp(text, "https://", 8) == 0);
        must(strcasecmp(text + 8, host) == 0 && ym_web_not_cross_site(site));
    }
}

static void form(const char *text, size_t n) {
    char a[10];
    struct ym_form_field f[] = {{.name = "a", .text = a, .size = sizeof(a)}, {.name = "b"}};

    if (ym_form_read(text, n, f, 2) && f[0].given) {
        must(memchr(a, '\0', sizeof(a)) != NULL);
        for (const char *p = a; *p != '\0'; p++) {
            must((unsigned char)*p >= 0x20);
        }
    }
}

static void target(const char *text) {
    struct ym_alert_target t = {.name = "t"};
    struct ym_err err = {0};

    strncpy(t.address, text, sizeof(t.address) - 1);
    strncpy(t.sender, "a@b", sizeof(t.sender) - 1);
    strncpy(t.recipient, text, sizeof(t.recipient) - 1);
    if (ym_alert_target_check(&t, &err) == YM_OK) {
        must(strpbrk(t.address, " \r\n") == NULL);
        must(strncmp(t.address, "http://", 7) != 0 || t.plain);
    }
    strncpy(t.address, "smtps://h", sizeof(t.address) - 1);
    t.address[9] = '\0';
    if (ym_alert_target_check(&t, &err) == YM_OK) {
        must(strpbrk(t.recipient, " \r\n<>\"") == NULL && strchr(t.recipient, '@') != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    char *text;

    if (len == 0 || len > 8192) {
        return 0;
    }
    text = malloc(len);
    must(text != NULL);
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    switch (data[0] % 4) {
    case 0:
        cookie(text);
        break;
    case 1:
        origin(text);
        break;
    case 2:
        form(text, len - 1);
        break;
    default:
        target(text);
        break;
    }
    free(text);
    return 0;
}

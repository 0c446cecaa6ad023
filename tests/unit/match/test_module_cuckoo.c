/* YARA's module cuckoo: which entries of a report its functions ask. */
#include "module_load.h"
#include "ym_test.h"

/* The "program" of these tests is a text that must be part of the other. */
static bool part(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    return memmem(text.s, text.n, program.s, program.n) != NULL;
}

static void load(struct module_test *t, const char *json, size_t n, size_t cap) {
    *t = (struct module_test){.budget = 1000000, .id = YM_MODULE_CUCKOO};
    t->scan = (struct ym_mod_scan){
        .data = (const uint8_t *)"", .arena = ym_arena_new(cap), .budget = &t->budget};
    t->scan.extra = (struct ym_str){json, n};
    t->scan.regex = part;
    t->root = ym_mod_new(&t->scan, ym_module_get(t->id)->root);
    if (t->root != NULL) {
        ym_module_code(t->id)->load(&t->scan, t->root);
    }
}

/* -1: undefined. */
static int64_t ask(struct module_test *t, const char *path, const char *name, const char *regex,
                   int64_t port) {
    union ym_mod_arg args[2] = {{.text = module_text(regex)}, {.i = port}};
    struct ym_mod_value v = module_call(t, path, name, port < 0 ? "r" : "ri", args);

    return v.defined ? v.u.i : -1;
}
#define NETWORK(name, regex) ask(&t, "network", name, regex, -1)

static const char report[] =
    "{\"info\": {\"network\": 1, \"x\": [1, 2.5, {\"y\": null}]},\n"
    " \"network\": {\n"
    "  \"domains\": [{\"ip\": \"1.2.3.4\", \"domain\": \"evil.example\"},\n"
    "              {\"domain\": \"no-ip.example\"}, 7],\n"
    "  \"dns\": [{\"ip\": \"1.2.3.4\", \"hostname\": \"old.example\"}],\n"
    "  \"http\": [{\"uri\": \"http://a.example/get\", \"method\": \"GET\", \"user-agent\": "
    "\"A1\"},\n"
    "           {\"uri\": \"http://a.example/\\u0070ost\", \"method\": \"post\"},\n"
    "           {\"uri\": \"http://a.example/head\", \"method\": \"HEAD\"},\n"
    "           {\"uri\": \"http://a.example/none\"}, {\"user-agent\": \"A2\"}],\n"
    "  \"hosts\": [\"10.0.0.1\", 5, \"10.0.0.2\\u0000hidden\"],\n"
    "  \"tcp\": [{\"dst\": \"10.0.0.9\", \"dport\": 443, \"sport\": 1}],\n"
    "  \"udp\": [{\"dst\": \"10.0.0.8\", \"dport\": 4294967349},\n"
    "          {\"dst\": \"10.0.0.7\", \"dport\": \"53\"}]},\n"
    " \"behavior\": {\"summary\": {\n"
    "  \"keys\": [\"HKEY_X\\\\Run\"], \"files\": [\"C:\\\\a.exe\"], \"mutexes\": [\"M1\"]}}}";

static void functions_ask_their_lists(void) {
    struct module_test t;

    load(&t, report, sizeof(report) - 1, 1 << 20);
    CHECK_EQ(NETWORK("dns_lookup", "evil"), 1);
    CHECK_EQ(NETWORK("dns_lookup", "no-ip"), 0);
    CHECK_EQ(NETWORK("dns_lookup", "old"), 0);
    CHECK_EQ(NETWORK("http_get", "/get"), 1);
    CHECK_EQ(NETWORK("http_get", "/post"), 0);
    CHECK_EQ(NETWORK("http_post", "/post"), 1);
    CHECK_EQ(NETWORK("http_request", "/post"), 1);
    CHECK_EQ(NETWORK("http_request", "/get"), 1);
    CHECK_EQ(NETWORK("http_request", "/head"), 0);
    CHECK_EQ(NETWORK("http_request", "/none"), 0);
    CHECK_EQ(NETWORK("http_user_agent", "A1"), 1);
    CHECK_EQ(NETWORK("http_user_agent", "A2"), 1);
    CHECK_EQ(NETWORK("http_user_agent", "A3"), 0);
    CHECK_EQ(NETWORK("host", "10.0.0.2"), 1);
    CHECK_EQ(NETWORK("host", "hidden"), 0);
    CHECK_EQ(ask(&t, "network", "tcp", "0.9", 443), 1);
    CHECK_EQ(ask(&t, "network", "tcp", "0.9", 80), 0);
    CHECK_EQ(ask(&t, "network", "udp", "0.8", 53), 1); /* cut to 32 bits */
    CHECK_EQ(ask(&t, "network", "udp", "0.7", 53), 0); /* no number */
    CHECK_EQ(ask(&t, "registry", "key_access", "\\Run", -1), 1);
    CHECK_EQ(ask(&t, "filesystem", "file_access", "a.exe", -1), 1);
    CHECK_EQ(ask(&t, "sync", "mutex", "M1", -1), 1);
    CHECK_EQ(ask(&t, "sync", "mutex", "M2", -1), 0);
    CHECK(!t.scan.extra_is_bad);
    module_done(&t);
}

static int64_t one(const char *json, const char *path, const char *name, const char *regex) {
    struct module_test t;
    int64_t v;

    load(&t, json, strlen(json), 1 << 20);
    v = ask(&t, path, name, regex, -1);
    CHECK_EQ(t.scan.extra_is_bad, v < 0);
    module_done(&t);
    return v;
}

static void odd_reports(void) {
    static const char old[] = "{\"network\": {\"dns\": [{\"ip\": \"\", \"hostname\": \"old\"}]}}";
    static const char twice[] =
        "{\"network\": {\"hosts\": [\"a\"]}, \"network\": {\"hosts\": [\"b\"]}}";
    static const char gone[] = "{\"network\": {\"hosts\": [\"a\"]}, \"network\": 0}";
    static const char empty[] = "{\"network\": {\"domains\": 1, "
                                "\"dns\": [{\"ip\": \"\", \"hostname\": \"old\"}]}}";

    CHECK_EQ(one("", "network", "host", ""), 0); /* no report */
    CHECK_EQ(one("{}", "network", "host", ""), 0);
    CHECK_EQ(one("[]", "sync", "mutex", ""), 0);
    CHECK_EQ(one(old, "network", "dns_lookup", "old"), 1);
    CHECK_EQ(one(empty, "network", "dns_lookup", "old"), 0);
    CHECK_EQ(one(twice, "network", "host", "a"), 0);
    CHECK_EQ(one(twice, "network", "host", "b"), 1);
    CHECK_EQ(one(gone, "network", "host", "a"), 0);
    CHECK_EQ(one("7", "network", "host", ""), -1);
    CHECK_EQ(one("{} x", "network", "host", ""), -1);
    CHECK_EQ(one("not JSON", "network", "host", ""), -1);
}

/* Copies of the exact length, so that the sanitizer sees a read behind the end. */
static void every_prefix_is_a_bad_report(void) {
    for (size_t n = 1; n < sizeof(report) - 1; n++) {
        char *copy = malloc(n);
        struct module_test t;

        CHECK(copy != NULL);
        memcpy(copy, report, n);
        load(&t, copy, n, n % 2 == 0 ? 300 : 1 << 20);
        CHECK(t.root == NULL || t.scan.extra_is_bad || n % 2 == 0);
        module_done(&t);
        free(copy);
    }
}

static void a_long_report_ends_the_budget(void) {
    struct module_test t;

    load(&t, report, sizeof(report) - 1, 1 << 20);
    t.budget = 3;
    CHECK_EQ(NETWORK("host", "10.0.0.2"), -1);
    CHECK_EQ(t.budget, 0);
    module_done(&t);
}

MAIN(T(functions_ask_their_lists), T(odd_reports), T(every_prefix_is_a_bad_report),
     T(a_long_report_ends_the_budget))

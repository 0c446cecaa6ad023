/* test_csv.c - the tables of the figures as lines. */
#include "report/report.h"

#include "ym_test.h"

static ym_status convert(const char *text, struct ym_buf *out) {
    struct ym_buf json;
    struct ym_err err = {0};
    ym_status st;

    ym_buf_init(&json, 1 << 20);
    ym_buf_init(out, 1 << 20);
    ym_buf_add_text(&json, text);
    st = ym_report_csv(&json, out, &err);
    ym_buf_u8(out, '\0');
    ym_buf_done(&json);
    return st;
}

#define HEAD "period,table,key1,key2,key3,key4,unit,n,x,value,low,high,print,query,hash\r\n"
#define CELL(key)                                                                                  \
    "{\"key\":[" key "],\"n\":9,\"x\":2,\"value\":1.5,\"low\":1.0,\"high\":2.25,\"print\":\"1."    \
    "5\"}"
#define TABLE(key) "{\"query\":\"q\",\"unit\":\"ccm\",\"hash\":\"ab\",\"cells\":[" CELL(key) "]"
#define REST ",ccm,9,2,1.500000,1.000000,2.250000,1.5,q,ab\r\n"

static void check(const char *json, const char *want) {
    struct ym_buf out;

    CHECK_EQ(convert(json, &out), YM_OK);
    if (strcmp((const char *)out.data, want) != 0) {
        FAIL("%s is not %s", (const char *)out.data, want);
    }
    ym_buf_done(&out);
}

static void every_cell_is_a_line_with_the_way_to_it(void) {
    check(
        "{\"periods\":[{\"label\":\"1H09\",\"world\":" TABLE("") "},\"protection\":" TABLE("\"on\"") ",\"months\":" TABLE(
            "\"on\",\"2009-01\"") "}},"
                                  "\"segments\":[{\"segment\":\"home\",\"family\":" TABLE(
                                      "\"Taterf\",\"worm\"") "}}],"
                                                             "\"propagation\":[{\"family\":\"C\","
                                                             "\"variant\":\"\",\"all\":" TABLE(
                                                                 "\"web\"") "}}]}],"
                                                                            "\"trends\":{"
                                                                            "\"world\":" TABLE(
                                                                                "\"1Q09\"") "}},"
                                                                                            "\"feed"
                                                                                            "s\":"
                                                                                            "null,"
                                                                                            "\"disc"
                                                                                            "losure"
                                                                                            "s\":{"
                                                                                            "\"half"
                                                                                            "\""
                                                                                            ":" TABLE(
                                                                                                "\""
                                                                                                "1H"
                                                                                                "09"
                                                                                                "\"") "}}}",
        HEAD "1H09,world,,,," REST "1H09,protection,on,,," REST
             "1H09,protection/months,on,2009-01,," REST
             "1H09,segments/home/family,Taterf,worm,," REST
             "1H09,propagation/C/(all)/all,web,,," REST ",trends/world,1Q09,,," REST
             ",disclosures/half,1H09,,," REST);
}

static void texts_are_quoted_and_never_formulas(void) {
    check("{\"periods\":[{\"label\":\"x\",\"t\":" TABLE(
              "\"a,b\",\"c\\\"d\",\"=1+1\",\"@x\"") "},\"u\":" TABLE("\"-2\",\"a\\nb\",\"\\tq\","
                                                                     "\"a=b\"") "}}]}",
          HEAD "x,t,\"a,b\",\"c\"\"d\",\"'=1+1\",\"'@x\"" REST
               "x,u,\"'-2\",\"a\nb\",\"'\tq\",a=b" REST);
}

static void what_is_not_json_is_refused_and_depth_is_bounded(void) {
    struct ym_buf deep;
    struct ym_buf out;

    CHECK_EQ(convert("{\"periods\":[", &out), YM_MALFORMED);
    ym_buf_done(&out);
    ym_buf_init(&deep, 1 << 16);
    ym_buf_add_text(&deep, "{\"feeds\":");
    for (int i = 0; i < 300; i++) {
        ym_buf_add_text(&deep, "{\"a\":");
    }
    ym_buf_u8(&deep, '1');
    for (int i = 0; i < 301; i++) {
        ym_buf_u8(&deep, '}');
    }
    ym_buf_u8(&deep, '\0');
    check((const char *)deep.data, HEAD);
    ym_buf_done(&deep);
}

MAIN(T(every_cell_is_a_line_with_the_way_to_it), T(texts_are_quoted_and_never_formulas),
     T(what_is_not_json_is_refused_and_depth_is_bounded))

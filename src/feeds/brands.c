/* brands.c - what a phishing page imitates: a bank, a shop, a provider.
 *
 * Lists name the brand in their own words, so that parts of them are looked for, the first that
 * fits.  What is not in the table is "other" (a brand of another kind, or one that nobody has
 * entered), and what the list does not name "unnamed". */
#include "feeds_int.h"

#include "feeds/csv.h"

static const struct {
    const char *part; /* in small letters */
    enum brand_type type;
} brands[] = {
    /* before the shops: what begins like one and is another */
    {"amazon web services", BRAND_OTHER},
    {"softbank", BRAND_ISP},
    {"apple pay", BRAND_FINANCIAL},
    {"amazon pay", BRAND_FINANCIAL},
    {"line pay", BRAND_FINANCIAL},
    {"bank", BRAND_FINANCIAL},
    {"banco", BRAND_FINANCIAL},
    {"banque", BRAND_FINANCIAL},
    {"credit", BRAND_FINANCIAL},
    {"card", BRAND_FINANCIAL},
    {"paypal", BRAND_FINANCIAL},
    {"visa", BRAND_FINANCIAL},
    {"american express", BRAND_FINANCIAL},
    {"hsbc", BRAND_FINANCIAL},
    {"wells fargo", BRAND_FINANCIAL},
    {"chase", BRAND_FINANCIAL},
    {"barclays", BRAND_FINANCIAL},
    {"lloyds", BRAND_FINANCIAL},
    {"itau", BRAND_FINANCIAL},
    {"bradesco", BRAND_FINANCIAL},
    {"blockchain", BRAND_FINANCIAL},
    {"coinbase", BRAND_FINANCIAL},
    {"binance", BRAND_FINANCIAL},
    {"saison", BRAND_FINANCIAL},
    {"jcb", BRAND_FINANCIAL},
    {"paypay", BRAND_FINANCIAL},
    {"securities", BRAND_FINANCIAL},
    {"銀行", BRAND_FINANCIAL},
    {"信用金庫", BRAND_FINANCIAL},
    {"カード", BRAND_FINANCIAL},
    {"証券", BRAND_FINANCIAL},
    {"労働金庫", BRAND_FINANCIAL},
    {"facebook", BRAND_SOCIAL},
    {"twitter", BRAND_SOCIAL},
    {"instagram", BRAND_SOCIAL},
    {"linkedin", BRAND_SOCIAL},
    {"whatsapp", BRAND_SOCIAL},
    {"tencent", BRAND_SOCIAL},
    {"vkontakte", BRAND_SOCIAL},
    {"mercari", BRAND_SHOP},
    {"メルカリ", BRAND_SHOP},
    {"amazon", BRAND_SHOP},
    {"ebay", BRAND_SHOP},
    {"alibaba", BRAND_SHOP},
    {"rakuten", BRAND_SHOP},
    {"楽天", BRAND_SHOP},
    {"walmart", BRAND_SHOP},
    {"allegro", BRAND_SHOP},
    {"steam", BRAND_GAME},
    {"blizzard", BRAND_GAME},
    {"runescape", BRAND_GAME},
    {"nintendo", BRAND_GAME},
    {"playstation", BRAND_GAME},
    {"roblox", BRAND_GAME},
    {"スクウェア", BRAND_GAME},
    {"orange", BRAND_ISP},
    {"at&t", BRAND_ISP},
    {"verizon", BRAND_ISP},
    {"comcast", BRAND_ISP},
    {"docomo", BRAND_ISP},
    {"ドコモ", BRAND_ISP},
    {"ソフトバンク", BRAND_ISP},
    {"kddi", BRAND_ISP},
    {"biglobe", BRAND_ISP},
    {"nifty", BRAND_ISP},
    {"plala", BRAND_ISP},
    {"ネットワーク", BRAND_ISP},
    {"プロバイダ", BRAND_ISP},
    {"webmail", BRAND_ISP},
    {"internal revenue", BRAND_PUBLIC},
    {"hmrc", BRAND_PUBLIC},
    {"government", BRAND_PUBLIC},
    {"国税", BRAND_PUBLIC},
    {"総務省", BRAND_PUBLIC},
};

enum brand_type ym_brand_type(struct ym_str brand) {
    if (brand.n == 0 || ym_str_is(brand, "other") || ym_str_is(brand, "unknown")) {
        return BRAND_UNNAMED;
    }
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        if (ym_str_has(brand, brands[i].part)) {
            return brands[i].type;
        }
    }
    return BRAND_OTHER;
}

const char *ym_brand_word(unsigned type) {
    static const char *const words[BRAND_TYPES] = {"financial", "shop",   "social", "isp",
                                                   "game",      "public", "other",  "unnamed"};

    return type < BRAND_TYPES ? words[type] : "unnamed";
}

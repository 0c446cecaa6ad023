/* config.h - switches of the engine that a signature set may set (.cfg, ClamAV's DCONF): the row of
 * YM_TABLE_CONFIG, shared by signatures/clamav/config.c and engine/dconf.c.
 *
 * A row replaces all bits of its category.  Which bit means what was asked of clamscan 1.4.6
 * (`--debug` prints the switches, one .cfg a bit); the table is in docs/formats/clamav.md. */
#ifndef YM_BASE_CONFIG_H
#define YM_BASE_CONFIG_H

#define YM_CONFIG_TABLE(X)                                                                         \
    X(PE)                                                                                          \
    X(ELF) X(MACHO) X(ARCHIVE) X(DOCUMENT) X(MAIL) X(OTHER) X(PHISHING) X(BYTECODE) X(STATS) X(PCRE)

typedef enum ym_config {
#define X(name) YM_CONFIG_##name,
    YM_CONFIG_TABLE(X)
#undef X
        YM_CONFIG_COUNT
} ym_config;

enum ym_config_number { YM_CONFIG_N_CATEGORY, YM_CONFIG_N_FLAGS, YM_CONFIG_NUMBERS };

/* The bits that are asked for by name; those of types of files stand in engine/dconf.c. */
enum ym_config_bit {
    YM_CONFIG_PE_SECTIONS = 1u << 4,
    YM_CONFIG_PE_CERTS = 1u << 17,
    YM_CONFIG_PE_ICONS = 1u << 18,
    YM_CONFIG_PE_IMPORTS = 1u << 19,
    YM_CONFIG_DOCUMENT_HTML = 1u << 0,
    YM_CONFIG_DOCUMENT_SCRIPT = 1u << 3,
    YM_CONFIG_DOCUMENT_SKIP_RAW_HTML = 1u << 4,
    YM_CONFIG_OTHER_IMAGE_HASH = 1u << 14,
    YM_CONFIG_PHISHING_ENGINE = 1u << 0,
    YM_CONFIG_PCRE_SUPPORT = 1u << 0
};

#endif

/* phishing_rows.h - columns of YM_TABLE_PHISHING (base/tables.h): ClamAV's .pdb, .wdb and .gdb.  Made
 * by signatures/clamav/phishing.c, read by engine/phishing.c.  Columns and kinds are written into
 * images: new ones go to the end. */
#ifndef YM_BASE_PHISHING_ROWS_H
#define YM_BASE_PHISHING_ROWS_H

enum ym_phishing_number {
    YM_PHISHING_N_KIND,  /* enum ym_phishing_kind */
    YM_PHISHING_N_CLASS, /* enum ym_phishing_class; of a URL_HASH */
    YM_PHISHING_NUMBERS
};
enum ym_phishing_text {
    YM_PHISHING_T_PATTERN, /* expression (base/ere.h, without the slash at its end), host, hosts
                              "real:shown", or the digest's 32 bytes */
    YM_PHISHING_TEXTS
};

enum ym_phishing_kind {
    YM_PHISHING_WATCH_REGEX, /* .pdb R: of "real:shown", or of the host that is shown */
    YM_PHISHING_WATCH_HOST,  /* .pdb H: the host that is shown, or what is under it */
    YM_PHISHING_ALLOW_REGEX, /* .wdb X: of "real:shown", whole or hosts only */
    YM_PHISHING_ALLOW_HOSTS, /* .wdb M: both hosts */
    YM_PHISHING_URL_HASH,    /* .gdb F: SHA-256 of a part of the real URL */
    YM_PHISHING_URL_ALLOWED  /* .gdb W: the same; such a part says nothing */
};

enum ym_phishing_class {
    YM_PHISHING_MALWARE,  /* S */
    YM_PHISHING_BLOCKED,  /* S1 */
    YM_PHISHING_PHISHING, /* S2 */
    YM_PHISHING_CLASSES
};

#endif

/* modules/console.h - numbers of the functions of YARA's module console (docs/modules/console). */
#ifndef YM_BASE_MODULES_CONSOLE_H
#define YM_BASE_MODULES_CONSOLE_H

enum ym_console_function {
    CONSOLE_FN_TEXT,
    CONSOLE_FN_LABEL_TEXT,
    CONSOLE_FN_INT,
    CONSOLE_FN_LABEL_INT,
    CONSOLE_FN_DOUBLE,
    CONSOLE_FN_LABEL_DOUBLE,
    CONSOLE_FN_HEX,
    CONSOLE_FN_LABEL_HEX
};

#endif

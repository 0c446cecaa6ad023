/* make_module_pe.h - a PE file with something of all that YARA's module pe reads, for tests.
 *
 * Two sections; everything lies in the second one.  Nothing in it runs. */
#ifndef YM_TESTS_MAKE_MODULE_PE_H
#define YM_TESTS_MAKE_MODULE_PE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MODULE_PE_RICH = 0x80, /* file offsets */
    MODULE_PE_HEADER = 0xc4,
    MODULE_PE_OPTIONAL = 0xd8,
    MODULE_PE_SECTIONS_32 = MODULE_PE_OPTIONAL + 224,
    MODULE_PE_SECTIONS_64 = MODULE_PE_OPTIONAL + 240,
    MODULE_PE_TEXT = 0x400,
    MODULE_PE_DATA = 0x600,
    MODULE_PE_STRINGS = 0x1200, /* behind the sections: the overlay */
    MODULE_PE_SIZE = 0x1218,
    MODULE_PE_TEXT_RVA = 0x1000,
    MODULE_PE_DATA_RVA = 0x2000,
    MODULE_PE_EXPORTS = 0x000, /* in the data */
    MODULE_PE_IMPORTS = 0x100,
    MODULE_PE_DELAYED = 0x240,
    MODULE_PE_DEBUG = 0x340,
    MODULE_PE_RESOURCES = 0x400
};

void make_module_pe(bool is64, struct ym_buf *out);

/* Writes into a file that was made. */
void make_put16(struct ym_buf *file, size_t at, uint32_t v);
void make_put32(struct ym_buf *file, size_t at, uint32_t v);
void make_put_text(struct ym_buf *file, size_t at, const char *text); /* with its NUL */

/* File offset of an entry of the data directories. */
size_t make_directory_at(bool is64, unsigned index);

#endif

/* formats/lnk.h - shortcuts of Windows: what they point at, and what they start it with.
 *
 *     struct ym_lnk lnk;
 *     YM_TRY(ym_lnk_parse(r, arena, &lnk, err));
 *     ... lnk.arguments.s == NULL: it has none ...
 *
 * A file is a header of 76 bytes, and as its flags say: the items of the target (a folder, a drive,
 * a file, one in another), a block about volume and path, five counted texts, blocks of extra data up
 * to one of less than four bytes.  What a forged size breaks ends the reading; what came before it
 * is given, for most damaged shortcuts work all the same.
 *
 * Sources: Microsoft's [MS-SHLLINK]; the insides of an item as "Windows Shell Item format" of the
 * project libfwsi describes them.  Choices where these leave one are those of YARA-X 1.20:
 *  1. Of all texts but the arguments no more than 260 characters are there, whatever their count
 *     says; Windows reads them so.
 *  2. A counted text in UTF-16 ends at its first NUL, one of bytes has all of them.
 *  3. Texts are given as UTF-8: bytes that are not, and halves of pairs, become U+FFFD.
 *  4. The list of items is cut where the file ends, and so is its last item. */
#ifndef YM_FORMATS_LNK_H
#define YM_FORMATS_LNK_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/text.h"

enum { YM_LNK_MAX_TEXT = 260, YM_GUID_SIZE = 16, YM_GUID_TEXT = 37 };

/* Bits of flags. */
enum ym_lnk_flag {
    YM_LNK_HAS_ITEMS = 0x1,
    YM_LNK_HAS_INFO = 0x2,
    YM_LNK_HAS_NAME = 0x4,
    YM_LNK_HAS_RELATIVE_PATH = 0x8,
    YM_LNK_HAS_WORKING_DIR = 0x10,
    YM_LNK_HAS_ARGUMENTS = 0x20,
    YM_LNK_HAS_ICON_LOCATION = 0x40,
    YM_LNK_IS_UNICODE = 0x80
};

typedef enum ym_lnk_item_type {
    YM_LNK_CPL = 0x00, /* a file of the control panel */
    YM_LNK_CATEGORY = 0x01,
    YM_LNK_ROOT = 0x1f, /* also 0x1e */
    YM_LNK_VOLUME = 0x20,
    YM_LNK_FILE = 0x30, /* or folder */
    YM_LNK_NETWORK = 0x40,
    YM_LNK_ZIP = 0x52,
    YM_LNK_URI = 0x61,
    YM_LNK_CONTROL_PANEL = 0x71, /* also 0x70 */
    YM_LNK_PRINTERS = 0x72,
    YM_LNK_COMMON_PLACES = 0x73,
    YM_LNK_USERS_FILES = 0x74
} ym_lnk_item_type;

struct ym_lnk_item {
    uint8_t type;       /* a row above, or as it stands in the file: unknown */
    struct ym_str data; /* what follows the type */
    struct ym_str text; /* CPL: its path; VOLUME, FILE, NETWORK: the name; s NULL: none */
    const uint8_t *id;  /* ROOT, VOLUME: a GUID; NULL: none */
};

struct ym_lnk_tracker { /* of the service that finds moved files */
    uint32_t version;
    struct ym_str machine;
    const uint8_t *volume, *file, *birth_volume, *birth_file; /* GUIDs */
};

struct ym_lnk { /* texts and GUIDs lie in the input or in the arena; s NULL: there is none */
    uint32_t flags;
    uint32_t attributes;                 /* of the target, as its size and times: */
    uint64_t created, accessed, written; /* 100 ns since 1601 */
    uint32_t file_size;                  /* its lower 32 bits */
    uint32_t icon_index, show_command;
    const struct ym_lnk_item *items;
    uint32_t n_items;
    bool has_volume;
    uint32_t drive_type, drive_serial;
    struct ym_str volume_label, local_base_path, common_path_suffix;
    struct ym_str name, relative_path, working_dir, arguments, icon_location;
    bool has_tracker;
    struct ym_lnk_tracker tracker; /* of several the last */
    bool whole;                    /* the end was found */
    uint64_t end;                  /* where what is no part of the shortcut begins */
};

/* MALFORMED: no shortcut (the header is not one).  LIMIT, NOMEM: of the arena. */
YM_MUST_CHECK ym_status ym_lnk_parse(struct ym_reader r, struct ym_arena *arena,
                                     struct ym_lnk *ret_lnk, struct ym_err *err);

/* "00021401-0000-0000-c000-000000000046" of the bytes as Windows writes them; returns out. */
char *ym_guid_text(const uint8_t guid[YM_GUID_SIZE], char out[YM_GUID_TEXT]);

#endif

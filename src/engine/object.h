/* object.h - what the files of the engine share about the object at hand (private).
 *
 *   engine.c     the engine, the loop over objects
 *   look.c       looking at one object: limits, headers, views, matching
 *   detect.c     digests, allow lists, detections
 *   imports.c    the import hash of a PE file
 *   icons.c      icons of programs
 *   trust.c      signed programs and the certificates of the images, catalogues
 *   children.c   the next thing inside an object
 */
#ifndef YM_ENGINE_OBJECT_H
#define YM_ENGINE_OBJECT_H

#include "cltype.h"
#include "dconf.h"
#include "digest.h"
#include "engine/engine.h"
#include "filetype.h"
#include "members.h"

#include "base/arena.h"
#include "database/db.h"
#include "formats/exe.h"
#include "formats/mail.h"
#include "formats/sniff.h"
#include "pki/certs.h"

#include <locale.h>

enum {
    YM_ENGINE_MAX_LAYERS = 32,
    YM_ENGINE_MAX_PATH = 4000 /* longest path of an object */
};

struct ym_engine {
    const struct ym_db *layers[YM_ENGINE_MAX_LAYERS];
    struct ym_scratch *scratch[YM_ENGINE_MAX_LAYERS];
    unsigned n_layers;
    struct ym_limits limits;
    struct ym_dconf dconf;
    struct ym_hasher *hasher;
    struct ym_metadata *metadata;
    struct ym_filetypes *filetypes;
    struct ym_certs *certs; /* NULL: the images have none */
    locale_t locale;
    struct ym_arena *names;
    struct ym_arena *headers;
    struct ym_phishing *phishing; /* NULL: no such list */
    struct ym_modules *modules;   /* of YARA's language */
    struct ym_decoders *decoders; /* of pictures; NULL: no rule asks for their hash */
};

/* What clamscan names first when it names one finding only, of one object: the lower stage, then the
 * lower place.  Of what its views hold, the same once more. */
enum ym_stage {
    YM_STAGE_MEMBER, /* what a container says of a member: before anything inside */
    YM_STAGE_BODY,
    YM_STAGE_DIGEST,
    YM_STAGE_LOGICAL_OF_TYPE, /* for this target only */
    YM_STAGE_YARA,
    YM_STAGE_LOGICAL,
    YM_STAGE_PART, /* sections, imports, certificates */
    YM_STAGES
};

/* What was found where, before names are made of it. */
struct ym_finding {
    bool yara;
    bool heuristic; /* no signature: its name is fixed, and any signature goes before it */
    bool unofficial;
    bool yields; /* to another of the same stage and place that comes after it */
    unsigned stage;
    uint64_t place;
    const char *name;
    size_t name_len;
    const char *pattern;
    const char *file; /* where the signature was written; a text of an image, but of a member */
    uint32_t line;
    uint64_t offset;
    uint32_t length;
    const char *path;                       /* of what it was found in; NULL: the object's */
    uint32_t layer, rule;                   /* of a rule: in which image, its number there + 1 */
    const struct ym_match_detection *match; /* while the rules are told: where its matches are */
};

struct ym_object {
    struct ym_object *parent;
    const uint8_t *data;
    size_t size;
    uint64_t base;       /* address of memory of a process, else 0 */
    struct ym_buf owned; /* data's owner, when it is ours */
    const char *path;
    const char *layers;
    ym_kind kind;
    ym_cltype type; /* what ClamAV's signatures call it */
    unsigned depth;
    bool partial;      /* data is not all of it: no digests */
    bool inside;       /* lies in its parent's bytes, which were matched: only unpacked */
    bool unpack;       /* children are wanted */
    bool retyped;      /* its parent's bytes once more, as the type that a signature said */
    bool given;        /* the signatures' table of types named it, against our own sniffing */
    bool ignored;      /* ... as nothing to look at */
    bool shows_links;  /* a text of a mail */
    bool has_handler;  /* ... and here is the signature's wish, */
    ym_cltype handler; /* which the next child answers */
    enum { UNASKED, TRUSTED, NOT_TRUSTED } trust;
    unsigned have; /* bit (1 << algo): digests[algo] is known */
    uint8_t digests[YM_DIGEST_ALGOS][YM_DIGEST_MAX];
    bool has_pending; /* without all_matches: to be written down unless something inside is */
    struct ym_finding pending;
    /* as a container */
    struct ym_archive *archive;
    uint64_t produced;
    uint32_t slice; /* or data: URL, or part of a mail */
    size_t url_at;
    struct ym_mail mail; /* of a mail; started when mail.data is there */
    size_t embedded_at;
    unsigned embedded;
};

struct ym_scan {
    struct ym_engine *e;
    const struct ym_scan_options *options;
    struct ym_report *report;
    uint64_t deadline_ns;
    uint64_t held;    /* bytes of owned objects */
    ym_status status; /* first failure of the engine itself */
    bool stop;
    bool has_heuristic; /* without all_matches: the first one, until nothing else was found */
    struct ym_report_detection heuristic;
};

/* ---- engine.c ------------------------------------------------------------------------------ */

/* The engine itself failed with st (OK: nothing happens); the scan ends. */
void ym_engine_fail(struct ym_scan *s, ym_status st);
void ym_engine_gap(struct ym_scan *s, ym_gap gap, const char *path, uint64_t offset, uint64_t size,
                   const char *detail);
/* A whole object is not looked at. */
void ym_engine_gap_object(struct ym_scan *s, ym_gap gap, const struct ym_object *o,
                          const char *detail);

/* ---- detect.c ------------------------------------------------------------------------------ */

/* Of the whole object, computed once; NULL: the engine failed. */
const uint8_t *ym_object_digest(struct ym_scan *s, struct ym_object *o, ym_digest_algo algo);
/* Writes the finding down, unless the object or a container around it is on an allow list.  When
 * one is wanted only: keeps the first by its stage, for what lies inside goes before it. */
void ym_engine_detect(struct ym_scan *s, struct ym_object *o, const struct ym_finding *f);
/* All inside was looked at: writes down what was kept, unless something was found there. */
void ym_object_settle(struct ym_scan *s, struct ym_object *o);
void ym_object_look_up_digests(struct ym_scan *s, struct ym_object *o);
/* Signatures about members, of a container. */
void ym_object_ask_metadata(struct ym_scan *s, struct ym_object *container,
                            const struct ym_member *member, const char *path);
void ym_object_look_up_sections(struct ym_scan *s, struct ym_object *o, const struct ym_exe *exe);

/* ---- imports.c ----------------------------------------------------------------------------- */

/* Of a PE file whose headers parsed. */
void ym_object_look_up_imports(struct ym_scan *s, struct ym_object *o);

/* ---- icons.c ------------------------------------------------------------------------------- */

/* Has the program an icon that signatures put into these groups (NULL: any)?  A gap when it is
 * not known. */
bool ym_object_has_icon(struct ym_scan *s, const struct ym_object *o, const char *group1,
                        const char *group2);

/* ---- trust.c ------------------------------------------------------------------------------- */

/* Is the object a program whose signature a certificate of the images vouches for, or listed in a
 * trusted catalogue? */
bool ym_object_is_vouched(struct ym_scan *s, struct ym_object *o);
/* A program that was signed with a blocked certificate is a finding. */
void ym_object_look_up_certs(struct ym_scan *s, struct ym_object *o);

/* ---- look.c -------------------------------------------------------------------------------- */

void ym_object_look_at(struct ym_scan *s, struct ym_object *o);

/* ---- children.c ---------------------------------------------------------------------------- */

/* a, sep and b in the arena of names; no sep beside an empty text.  "" on failure. */
const char *ym_object_path(struct ym_scan *s, const char *a, const char *sep, const char *b);
/* Takes the bytes, unless they are borrowed from the parent (owned == NULL). */
struct ym_object *ym_object_new(struct ym_scan *s, struct ym_object *parent, const uint8_t *data,
                                size_t size, struct ym_buf *owned, const char *path);
void ym_object_set_kind(struct ym_scan *s, struct ym_object *o, ym_kind kind);
/* The same, after a look at its bytes. */
void ym_object_sniff(struct ym_scan *s, struct ym_object *o);
/* NULL: no more children. */
struct ym_object *ym_object_next_child(struct ym_scan *s, struct ym_object *o);
/* The last child of o was given.  Of a false start, look on right behind its first byte.
 * Frees o and returns its parent. */
struct ym_object *ym_object_close(struct ym_scan *s, struct ym_object *o);

#endif

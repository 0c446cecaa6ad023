/* checksum.c - see checksum.h.  Part of the image format: changing it changes YM_IMG_VERSION. */
#include "checksum.h"

#include <string.h>

enum { BLOCK = 32 };

static uint64_t mix(uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * UINT64_C(0x9fb21c651e98df25);
    return lane << 29 | lane >> 35;
}

static void add_block(uint64_t lanes[4], const uint8_t *p) {
    for (size_t i = 0; i < 4; i++) {
        uint64_t word;

        memcpy(&word, p + 8 * i, sizeof(word)); /* little-endian hosts only, as all of the image */
        lanes[i] = mix(lanes[i], word);
    }
}

void ym_checksum_init(struct ym_checksum *c) {
    *c = (struct ym_checksum){.lanes = {1, 2, 3, 4}};
}

void ym_checksum_add(struct ym_checksum *c, const void *data, size_t size) {
    const uint8_t *p = data;
    uint8_t tail[BLOCK] = {0};
    size_t left = size;

    for (; left >= BLOCK; left -= BLOCK, p += BLOCK) {
        add_block(c->lanes, p);
    }
    if (left > 0) {
        memcpy(tail, p, left);
        add_block(c->lanes, tail);
    }
    c->size += size;
}

uint64_t ym_checksum_value(const struct ym_checksum *c) {
    uint64_t sum = c->size;

    for (unsigned i = 0; i < 4; i++) {
        sum = mix(sum, c->lanes[i]);
    }
    return sum ^ sum >> 32;
}

void ym_identity_add(struct ym_checksum *c, uint64_t section, const void *data, uint64_t size) {
    const uint64_t head[4] = {section, size, 0, 0};

    ym_checksum_add(c, head, sizeof(head));
    if (size > 0) {
        ym_checksum_add(c, data, (size_t)size); /* a last short block is filled up with zeros */
    }
}

void ym_identity_value(const struct ym_checksum *c, uint8_t ret_identity[YM_IDENTITY_SIZE]) {
    uint64_t first = ym_checksum_value(c);
    uint64_t second = c->size;

    for (unsigned i = 4; i-- > 0;) { /* the other way round: another word of the same state */
        second = mix(second, c->lanes[i] ^ UINT64_C(0x9e3779b97f4a7c15));
    }
    second ^= second >> 32;
    memcpy(ret_identity, &first, sizeof(first));
    memcpy(ret_identity + sizeof(first), &second, sizeof(second));
}

/* pair-stats.c - counts folded byte pairs in files and prints src/database/pair_bits.h.
 *
 *     find /usr/bin /usr/lib /usr/share -type f -print0 | shuf -z -n 3000 --random-source=<(yes) |
 *         xargs -0 cat | cc-built/pair-stats > src/database/pair_bits.h
 *
 * The table only ranks atoms: any table gives the same answers, a better one gives them sooner. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { SYMBOLS = 128 };

static unsigned symbol(int byte) {
    return (unsigned)(byte >> 1 & 0x60) | (unsigned)(byte & 0x1f);
}

static unsigned eighths(double count, double total) {
    double bits = -8.0 * log2((count + 0.5) / total);

    return bits > 255 ? 255 : (unsigned)(bits + 0.5);
}

static void print_row(const uint64_t *row, double total) {
    for (unsigned j = 0; j < SYMBOLS; j++) {
        printf("%s%u,", j % 24 == 0 ? "\n    " : " ", eighths((double)row[j], total));
    }
}

int main(void) {
    static uint64_t pairs[SYMBOLS][SYMBOLS];
    static uint64_t singles[SYMBOLS];
    double total = 1;
    int before = getchar();

    for (int c = getchar(); c != EOF && before != EOF; c = getchar()) {
        pairs[symbol(before)][symbol(c)]++;
        singles[symbol(before)]++;
        total++;
        before = c;
    }
    printf("/* pair_bits.h - made by tools/pair-stats.c from %.0f bytes of system files.\n"
           " * -8 log2 of the probability of a folded byte, and of a folded pair, at a position.\n"
           " * Symbol of a byte b: (b >> 1 & 0x60) | (b & 0x1f). */\n"
           "#ifndef YM_DATABASE_PAIR_BITS_H\n#define YM_DATABASE_PAIR_BITS_H\n\n"
           "#include <stdint.h>\n\n"
           "/* clang-format off */\nstatic const uint8_t ym_byte_bits[%d] = {",
           total, SYMBOLS);
    print_row(singles, total);
    printf("\n};\nstatic const uint8_t ym_pair_bits[%d][%d] = {", SYMBOLS, SYMBOLS);
    for (unsigned i = 0; i < SYMBOLS; i++) {
        printf("\n    {");
        print_row(pairs[i], total);
        printf("\n    },");
    }
    printf("\n};\n/* clang-format on */\n\n#endif\n");
    return 0;
}

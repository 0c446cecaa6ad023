/* cltype.h - ClamAV's names of file types, as its signatures write them (CL_TYPE_ZIP ...).
 *
 * Signatures name types (Container:, Intermediates:, HandlerType:, .cdb, .ftm, .pwdb); the compile
 * side turns a name into its number, the run side says which numbers an object answers to
 * (engine/cltype.h).  The numbers are this project's own and are written into images: a new name
 * goes to the end.
 * Source of the names: the manual page "ClamAV File Types" of docs.clamav.net and the names that
 * clamscan 1.4.6 accepts. */
#ifndef YM_BASE_CLTYPE_H
#define YM_BASE_CLTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YM_CLTYPE_TABLE(X)                                                                         \
    X(ANY)                                                                                         \
    X(TEXT_ASCII)                                                                                  \
    X(TEXT_UTF8)                                                                                   \
    X(TEXT_UTF16LE)                                                                                \
    X(TEXT_UTF16BE)                                                                                \
    X(BINARY_DATA)                                                                                 \
    X(ERROR)                                                                                       \
    X(MSEXE)                                                                                       \
    X(ELF)                                                                                         \
    X(MACHO)                                                                                       \
    X(MACHO_UNIBIN)                                                                                \
    X(POSIX_TAR)                                                                                   \
    X(OLD_TAR)                                                                                     \
    X(CPIO_OLD)                                                                                    \
    X(CPIO_ODC)                                                                                    \
    X(CPIO_NEWC)                                                                                   \
    X(CPIO_CRC)                                                                                    \
    X(GZ)                                                                                          \
    X(ZIP)                                                                                         \
    X(BZ)                                                                                          \
    X(RAR)                                                                                         \
    X(ARJ)                                                                                         \
    X(MSSZDD)                                                                                      \
    X(MSOLE2)                                                                                      \
    X(MSCAB)                                                                                       \
    X(MSCHM)                                                                                       \
    X(SIS)                                                                                         \
    X(SCRENC)                                                                                      \
    X(GRAPHICS)                                                                                    \
    X(GIF)                                                                                         \
    X(PNG)                                                                                         \
    X(JPEG)                                                                                        \
    X(TIFF)                                                                                        \
    X(RIFF)                                                                                        \
    X(BINHEX)                                                                                      \
    X(TNEF)                                                                                        \
    X(CRYPTFF)                                                                                     \
    X(PDF)                                                                                         \
    X(UUENCODED)                                                                                   \
    X(SCRIPT)                                                                                      \
    X(HTML_UTF16)                                                                                  \
    X(RTF)                                                                                         \
    X(HTML)                                                                                        \
    X(MAIL)                                                                                        \
    X(ZIPSFX)                                                                                      \
    X(RARSFX)                                                                                      \
    X(CABSFX)                                                                                      \
    X(ARJSFX)                                                                                      \
    X(7ZSFX)                                                                                       \
    X(NULSFT)                                                                                      \
    X(AUTOIT)                                                                                      \
    X(ISHIELD_MSI)                                                                                 \
    X(ISO9660)                                                                                     \
    X(DMG)                                                                                         \
    X(GPT)                                                                                         \
    X(APM)                                                                                         \
    X(MBR)                                                                                         \
    X(7Z)                                                                                          \
    X(SWF)                                                                                         \
    X(JAVA)                                                                                        \
    X(XAR)                                                                                         \
    X(XZ)                                                                                          \
    X(OOXML_WORD)                                                                                  \
    X(OOXML_PPT)                                                                                   \
    X(OOXML_XL)                                                                                    \
    X(OOXML_HWP)                                                                                   \
    X(XDP)                                                                                         \
    X(XML_WORD)                                                                                    \
    X(XML_XL)                                                                                      \
    X(XML_HWP)                                                                                     \
    X(HWP3)                                                                                        \
    X(HWPOLE2)                                                                                     \
    X(MHTML)                                                                                       \
    X(INTERNAL)                                                                                    \
    X(LNK)                                                                                         \
    X(EGG)                                                                                         \
    X(PS)                                                                                          \
    X(ONENOTE)                                                                                     \
    X(ALZ)                                                                                         \
    X(LHA_LZH)                                                                                     \
    X(UDF)                                                                                         \
    X(PART_ANY)                                                                                    \
    X(PART_HFSPLUS)                                                                                \
    X(IGNORED)                                                                                     \
    X(PYTHON_COMPILED)                                                                             \
    X(AI_MODEL)

typedef enum ym_cltype {
#define X(name) YM_CLTYPE_##name,
    YM_CLTYPE_TABLE(X)
#undef X
        YM_CLTYPE_COUNT
} ym_cltype;

/* "CL_TYPE_ZIP" (n bytes) to its number; YM_CLTYPE_COUNT: no such name. */
ym_cltype ym_cltype_from_name(const char *s, size_t n);
const char *ym_cltype_name(ym_cltype type); /* "CL_TYPE_ZIP"; never NULL */

/* Does an object of type `have` answer to `asked`?  Itself; and a ZIP is asked for what a document
 * of the OOXML family (OOXML_WORD ...) holds, as clamscan unpacks those both ways.  ANY is for the
 * caller: what it means differs between signatures. */
bool ym_cltype_answers(ym_cltype have, ym_cltype asked);

#endif

#include "rv/elf.h"

/* The format: System V ABI, chapter 4 and 5; RISC-V ELF psABI for machine and flags. Numbers are little endian. */
enum {
    HEADER_BYTES = 64,
    PROGRAM_HEADER_BYTES = 56,
    SECTION_HEADER_BYTES = 64,
    SYMBOL_BYTES = 24,
    PT_LOAD = 1,
    PT_DYNAMIC = 2,
    PT_INTERP = 3,
    PF_X = 1,
    PF_W = 2,
    PF_R = 4,
    SHT_SYMTAB = 2,
    SHF_ALLOC = 2,
    STT_FUNC = 2,
    EF_RISCV_RVC = 1,
    EF_RISCV_FLOAT_ABI = 6,
};

static u64 number(const u8 *p, unsigned len)
{
    u64 x = 0;
    for (unsigned i = len; i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

static bool is_inside(struct bytes file, u64 offset, u64 len)
{
    return offset <= file.len && len <= file.len - offset;
}

static struct bytes table(struct bytes file, u64 offset, u64 count, u64 size)
{
    if (count > file.len || !is_inside(file, offset, count * size))
        return bytes_of(NULL, 0);
    return bytes_of(file.ptr + offset, count * size);
}

static enum rv_elf_error check_header(struct bytes file)
{
    static const u8 magic[4] = {0x7f, 'E', 'L', 'F'};
    const u8 *h = file.ptr;
    if (file.len < HEADER_BYTES)
        return RV_ELF_SHORT;
    if (memcmp(h, magic, sizeof magic) != 0)
        return RV_ELF_MAGIC;
    if (h[4] != 2 || h[5] != 1 || h[6] != 1)
        return RV_ELF_CLASS;
    if (number(h + 16, 2) != 2)
        return RV_ELF_TYPE;
    if (number(h + 18, 2) != 243)
        return RV_ELF_MACHINE;
    return number(h + 48, 4) & (EF_RISCV_RVC | EF_RISCV_FLOAT_ABI) ? RV_ELF_FLAGS : RV_ELF_OK;
}

static enum rv_elf_error read_segment(struct rv_segment *out, struct bytes file, const u8 *h)
{
    const u64 flags = number(h + 4, 4), offset = number(h + 8, 8), in_file = number(h + 32, 8);
    *out = (struct rv_segment){
        .at = number(h + 16, 8),
        .size = number(h + 40, 8),
        .readable = flags & PF_R,
        .writable = flags & PF_W,
        .executable = flags & PF_X,
    };
    if (!is_inside(file, offset, in_file) || in_file > out->size)
        return RV_ELF_SEGMENT_RANGE;
    out->content = bytes_of(file.ptr + offset, in_file);
    if (out->at < RV_PAGE_BYTES || out->size > UINT64_MAX - RV_PAGE_BYTES - out->at)
        return RV_ELF_SEGMENT_ADDRESS;
    if ((out->executable && out->writable) || !(flags & (PF_R | PF_X)))
        return RV_ELF_SEGMENT_FLAGS;
    if (out->executable && (out->at % 4 != 0 || in_file != out->size || in_file % 4 != 0))
        return RV_ELF_SEGMENT_CODE;
    return out->size > RV_MEMORY_MAX ? RV_ELF_MEMORY : RV_ELF_OK;
}

static void insert(struct rv_image *image, const struct rv_segment *s)
{
    size_t i = image->segment_count++;
    for (; i && image->segment[i - 1].at > s->at; i--)
        image->segment[i] = image->segment[i - 1];
    image->segment[i] = *s;
}

static enum rv_elf_error read_segments(struct rv_image *image, struct bytes file)
{
    const u64 offset = number(file.ptr + 32, 8), count = number(file.ptr + 56, 2);
    u64 total = 0;
    if (number(file.ptr + 54, 2) != PROGRAM_HEADER_BYTES || !is_inside(file, offset, count * PROGRAM_HEADER_BYTES))
        return RV_ELF_HEADERS;
    for (u64 i = 0; i < count; i++) {
        const u8 *h = file.ptr + offset + i * PROGRAM_HEADER_BYTES;
        const u64 type = number(h, 4);
        struct rv_segment s;
        if (type == PT_DYNAMIC || type == PT_INTERP)
            return RV_ELF_DYNAMIC;
        if (type != PT_LOAD || number(h + 40, 8) == 0)
            continue;
        if (image->segment_count == RV_SEGMENTS_MAX)
            return RV_ELF_SEGMENTS;
        const enum rv_elf_error e = read_segment(&s, file, h);
        if (e)
            return e;
        total += s.size;
        insert(image, &s);
    }
    for (size_t i = 1; i < image->segment_count; i++)
        if (image->segment[i - 1].at + image->segment[i - 1].size > image->segment[i].at)
            return RV_ELF_SEGMENT_OVERLAP;
    if (total > RV_MEMORY_MAX)
        return RV_ELF_MEMORY;
    return image->segment_count ? RV_ELF_OK : RV_ELF_SEGMENTS;
}

static bool is_code(const struct rv_image *image, u64 at)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct rv_segment *s = &image->segment[i];
        if (s->executable && at >= s->at && at - s->at < s->size)
            return at % 4 == 0;
    }
    return false;
}

/* ---- names ---- */

static struct bytes content_of(struct bytes file, const u8 *section)
{
    return table(file, number(section + 24, 8), number(section + 32, 8), 1);
}

static void read_names(struct rv_image *image, struct bytes file)
{
    const u64 count = number(file.ptr + 60, 2), names = number(file.ptr + 62, 2);
    if (number(file.ptr + 58, 2) != SECTION_HEADER_BYTES || names >= count)
        return;
    const struct bytes section = table(file, number(file.ptr + 40, 8), count, SECTION_HEADER_BYTES);
    if (section.len == 0)
        return;
    image->section = section;
    image->section_name = content_of(file, section.ptr + names * SECTION_HEADER_BYTES);
    for (u64 i = 0; i < count; i++) {
        const u8 *h = section.ptr + i * SECTION_HEADER_BYTES;
        const u64 link = number(h + 40, 4);
        if (number(h + 4, 4) != SHT_SYMTAB || link >= count)
            continue;
        image->symbol = content_of(file, h);
        image->symbol_name = content_of(file, section.ptr + link * SECTION_HEADER_BYTES);
    }
}

/* NULL unless the name ends within the table. */
static const char *name_at(struct bytes names, u64 offset)
{
    if (offset >= names.len || !memchr(names.ptr + offset, 0, names.len - offset))
        return NULL;
    return (const char *)names.ptr + offset;
}

const char *rv_section_of(const struct rv_image *image, u64 at)
{
    for (size_t i = 0; i + SECTION_HEADER_BYTES <= image->section.len; i += SECTION_HEADER_BYTES) {
        const u8 *h = image->section.ptr + i;
        const u64 begin = number(h + 16, 8), size = number(h + 32, 8);
        if (number(h + 8, 8) & SHF_ALLOC && at >= begin && at - begin < size)
            return name_at(image->section_name, number(h, 4));
    }
    return NULL;
}

const char *rv_function_of(const struct rv_image *image, u64 at, u64 *begin)
{
    for (size_t i = 0; i + SYMBOL_BYTES <= image->symbol.len; i += SYMBOL_BYTES) {
        const u8 *s = image->symbol.ptr + i;
        const u64 value = number(s + 8, 8), size = number(s + 16, 8);
        if ((s[4] & 15) == STT_FUNC && at >= value && at - value < size) {
            *begin = value;
            return name_at(image->symbol_name, number(s, 4));
        }
    }
    return NULL;
}

enum rv_elf_error rv_elf_read(struct rv_image *out, struct bytes file)
{
    struct rv_image image = {0};
    enum rv_elf_error e = check_header(file);
    if (e == RV_ELF_OK)
        e = read_segments(&image, file);
    if (e)
        return e;
    image.entry = number(file.ptr + 24, 8);
    if (!is_code(&image, image.entry))
        return RV_ELF_ENTRY;
    read_names(&image, file);
    *out = image;
    return RV_ELF_OK;
}

const char *rv_elf_message(enum rv_elf_error e)
{
    static const char *const message[] = {
#define ELF_ERROR(name, text) text,
#include "rv/elf_errors.def"
#undef ELF_ERROR
    };
    return message[e];
}

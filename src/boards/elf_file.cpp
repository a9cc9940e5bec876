#include "boards/elf_file.h"

#include <cxxabi.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace mote {

namespace fs = std::filesystem;

namespace {

struct Closer {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, Closer>;

struct FileDescriptor {
  explicit FileDescriptor(const fs::path& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

tl::unexpected<Error> broken(const fs::path& path) {
  return fail(ErrorCode::kBadInput, "{} is not a whole ELF file: {}", path.string(), ::elf_errmsg(-1));
}

void add_functions(Elf_Scn* section, const GElf_Shdr& header, Elf* elf, ElfFile& file) {
  Elf_Data* data = ::elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const int count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (::gelf_getsym(data, i, &symbol) == nullptr) continue;
    const char* name = ::elf_strptr(elf, header.sh_link, symbol.st_name);
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (name != nullptr && symbol.st_size > 0 && (type == STT_FUNC || type == STT_OBJECT) &&
        symbol.st_shndx < SHN_LORESERVE)
      file.stored.push_back({demangled(name), std::to_string(symbol.st_shndx), symbol.st_size});
    if (type != STT_FUNC) continue;
    const uint64_t without_thumb_bit = symbol.st_value & ~uint64_t{1};
    if (name != nullptr) file.functions.push_back({name, without_thumb_bit, symbol.st_size});
  }
}

}  // namespace

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : name;
}

uint64_t ElfFile::bytes_of(std::string_view section) const {
  for (const ElfSection& s : sections)
    if (s.name == section) return s.bytes;
  return 0;
}

std::string ElfFile::function_at(uint64_t address) const {
  for (const ElfFunction& f : functions)
    if (address >= f.address && address < f.address + std::max<uint64_t>(f.bytes, 2)) return f.name;
  return "";
}

Result<ElfFile> read_elf(const fs::path& path) {
  if (::elf_version(EV_CURRENT) == EV_NONE) return fail(ErrorCode::kInternal, "libelf does not know this ELF version");
  const FileDescriptor descriptor(path);
  if (descriptor.fd < 0) return fail(ErrorCode::kIo, "cannot open {}", path.string());
  const ElfHandle elf(::elf_begin(descriptor.fd, ELF_C_READ, nullptr));
  if (elf == nullptr || ::elf_kind(elf.get()) != ELF_K_ELF) return broken(path);

  ElfFile file;
  size_t names = 0, segments = 0;
  if (::elf_getshdrstrndx(elf.get(), &names) != 0 || ::elf_getphdrnum(elf.get(), &segments) != 0) return broken(path);
  for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (::gelf_getshdr(section, &header) == nullptr) return broken(path);
    const char* name = ::elf_strptr(elf.get(), names, header.sh_name);
    if (name == nullptr) return broken(path);
    const bool loaded = (header.sh_flags & SHF_ALLOC) != 0;
    file.sections.push_back({name, header.sh_addr, header.sh_size, loaded, loaded && header.sh_type != SHT_NOBITS});
    if (header.sh_type == SHT_SYMTAB) add_functions(section, header, elf.get(), file);
    if (file.sections.back().name == ".mote_markers") {
      const Elf_Data* data = ::elf_getdata(section, nullptr);
      if (data == nullptr) return broken(path);
      const auto* bytes = static_cast<const uint8_t*>(data->d_buf);
      if (bytes != nullptr) file.markers.assign(bytes, bytes + data->d_size);
    }
  }
  for (size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment;
    if (::gelf_getphdr(elf.get(), static_cast<int>(i), &segment) == nullptr) return broken(path);
    if (segment.p_type == PT_LOAD && segment.p_filesz > 0)
      file.flash_end = std::max(file.flash_end, segment.p_paddr + segment.p_filesz);
  }
  // Sections were read by number before their names were known to all.
  std::vector<ElfSymbol> stored;
  for (ElfSymbol& symbol : file.stored) {
    const size_t number = std::stoul(symbol.section);
    if (number == 0 || number > file.sections.size() || !file.sections[number - 1].stored) continue;
    symbol.section = file.sections[number - 1].name;
    stored.push_back(std::move(symbol));
  }
  file.stored = std::move(stored);
  std::sort(file.functions.begin(), file.functions.end(),
            [](const ElfFunction& a, const ElfFunction& b) { return a.address < b.address; });
  return file;
}

}  // namespace mote

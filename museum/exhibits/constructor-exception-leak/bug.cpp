// Decodes pictures. The constructor owns the pixels when it throws, and an object that was never
// finished has no destructor call.
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <forward_list>
#include <memory>
#include <span>
#include <stdexcept>

class Picture {
public:
    Picture(std::size_t width, std::size_t height, std::span<const unsigned char> data)
        : size_(width * height), pixels_(new unsigned char[size_]) {
        if (data.size() != size_) {
            throw std::invalid_argument("wrong number of pixels");
        }
        std::memcpy(&pixels_[0], data.data(), size_);
    }
    Picture(const Picture&) = delete;
    Picture(Picture&&) = delete;
    Picture& operator=(const Picture&) = delete;
    Picture& operator=(Picture&&) = delete;
#ifdef FIXED
    ~Picture() = default;
#else
    ~Picture() { delete[] pixels_; }
#endif
    int pixel(std::size_t index) const { return pixels_[index]; }

private:
    std::size_t size_;
#ifdef FIXED
    std::unique_ptr<unsigned char[]> pixels_;
#else
    unsigned char* pixels_;
#endif
};

int main() {
    constexpr unsigned char data[] = {10, 20, 30, 40, 50, 60};
    std::forward_list<Picture> gallery;
    for (const std::size_t height : {3U, 4U, 2U}) {
        try {
            const Picture& picture = gallery.emplace_front(3, height, data);
            std::printf("last pixel %d\n", picture.pixel(5));
        } catch (const std::invalid_argument&) {
            std::printf("no picture of height %zu\n", height);
        }
    }
}

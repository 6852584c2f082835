// Two threads hold the same texture by a pointer that counts. The bug: the count was written for
// one thread, and nothing says so where the pointer is copied into the second.
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

class Texture {
public:
    explicit Texture(std::size_t size) : pixels_(size) {}
    std::size_t size() const { return pixels_.size(); }
    int holders() const { return holders_; }

    void retain() { ++holders_; }
    void release() {
        if (--holders_ == 0) {
            pixels_.clear();
        }
    }

private:
#ifdef FIXED
    std::atomic<int> holders_ = 0;
#else
    int holders_ = 0;
#endif
    std::vector<unsigned char> pixels_;
};

class TextureRef {
public:
    explicit TextureRef(Texture& texture) : texture_(&texture) { texture_->retain(); }
    TextureRef(const TextureRef& other) : TextureRef(*other.texture_) {}
    TextureRef(TextureRef&& other) noexcept : texture_(std::exchange(other.texture_, nullptr)) {}
    TextureRef& operator=(const TextureRef&) = delete;
    TextureRef& operator=(TextureRef&&) = delete;
    ~TextureRef() {
        if (texture_ != nullptr) {
            texture_->release();
        }
    }
    const Texture* operator->() const { return texture_; }

private:
    Texture* texture_;
};

void draw(const TextureRef& texture, std::size_t& pixels) {
    for (int i = 0; i < 1'000; ++i) {
        const TextureRef bound = texture;
        pixels += bound->size();
    }
}

int main() {
    Texture image(8);
    const TextureRef texture(image);
    std::size_t near = 0;
    std::size_t far = 0;
    {
        const std::jthread thread([texture, &far] { draw(texture, far); });
        draw(texture, near);
    }
    std::printf("%zu pixels, %d holder\n", near + far, texture->holders());
}

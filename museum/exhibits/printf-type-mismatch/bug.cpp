// Logs what a sensor reads. The reading was once a raw number and is now in degrees; the format
// was left as it was.
#include <cstdio>

struct Reading {
    int sensor;
    double value;
};

void log_reading(const Reading& reading) {
#ifdef FIXED
    std::printf("sensor %d: %.1f\n", reading.sensor, reading.value);
#else
    std::printf("sensor %d: %x\n", reading.sensor, reading.value);
#endif
}

int main() { log_reading({.sensor = 3, .value = 21.5}); }

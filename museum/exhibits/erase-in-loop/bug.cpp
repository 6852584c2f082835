// Sessions that have expired are erased while the map is walked. The iterator stands on the node
// that goes.
#include <cstdio>
#include <unordered_map>

using Sessions = std::unordered_map<int, int>;

static void expire(Sessions& sessions) {
#ifdef FIXED
    std::erase_if(sessions, [](const auto& session) { return session.second == 0; });
#else
    for (auto session = sessions.begin(); session != sessions.end(); ++session)
        if (session->second == 0)
            sessions.erase(session);
#endif
}

int main() {
    Sessions sessions{{1001, 30}, {1002, 0}, {1003, 12}};
    expire(sessions);
    int total = 0;
    for (const auto& [user, minutes] : sessions)
        total += minutes;
    std::printf("%zu sessions, %d minutes\n", sessions.size(), total);
}

#include "libs/observe/process_metrics.h"

#include <dirent.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace derms::observe {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(const std::string& name, const std::string& help, double value, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.resize(1);
  if (type == MetricType::Counter) {
    family.metric[0].counter.value = value;
  } else {
    family.metric[0].gauge.value = value;
  }
  return family;
}

// Fields of /proc/self/stat from the third on (proc(5)); the second may hold spaces, so it is skipped by its ')'.
std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<double> fields;
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos || end_of_name + 4 > text.size()) return fields;
  std::istringstream rest(text.substr(end_of_name + 4));  // past ") S"
  for (double value; rest >> value;) fields.push_back(value);
  return fields;
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("btime ", 0) == 0) return std::stod(line.substr(6));
  }
  return 0;
}

double OpenDescriptors() {
  double count = 0;
  if (DIR* dir = opendir("/proc/self/fd")) {
    while (readdir(dir) != nullptr) ++count;
    closedir(dir);
    count -= 3;  // ".", ".." and the directory itself
  }
  return count;
}

class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families;
    const auto stat = StatFields();
    constexpr std::size_t kUserTicks = 10, kSystemTicks = 11, kThreads = 16, kStart = 18, kRssPages = 20;
    if (stat.size() > kRssPages) {
      const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
      families.push_back(Family("process_cpu_seconds_total", "CPU time used, user and system.",
                                (stat[kUserTicks] + stat[kSystemTicks]) / ticks, MetricType::Counter));
      families.push_back(Family("process_threads", "Threads.", stat[kThreads], MetricType::Gauge));
      families.push_back(Family("process_start_time_seconds", "Start of the process, seconds since 1970.",
                                BootTimeSeconds() + stat[kStart] / ticks, MetricType::Gauge));
      families.push_back(Family("process_resident_memory_bytes", "Memory in RAM.",
                                stat[kRssPages] * static_cast<double>(sysconf(_SC_PAGESIZE)), MetricType::Gauge));
    }
    families.push_back(Family("process_open_fds", "Open file descriptors.", OpenDescriptors(), MetricType::Gauge));
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      families.push_back(Family("process_max_fds", "Limit of open file descriptors.",
                                static_cast<double>(limit.rlim_cur), MetricType::Gauge));
    }
    return families;
  }
};

}  // namespace

std::shared_ptr<prometheus::Collectable> MakeProcessMetrics() {
  return std::make_shared<ProcessMetrics>();
}

}  // namespace derms::observe

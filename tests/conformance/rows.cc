#include "tests/conformance/rows.h"

#include <iterator>
#include <utility>

namespace penstock::conformance {

std::vector<Row> AllRows() {
  std::vector<Row> all;
  for (auto part : {StreamRows, SettingRows, EncryptionRows, ConsumerRows, TagRows, PutRows,
                    ReadRows, SubscribeRows, ShardRows, LimitRows, AccountRows, DeleteRows}) {
    std::vector<Row> rows = part();
    all.insert(all.end(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
  }
  return all;
}

}  // namespace penstock::conformance

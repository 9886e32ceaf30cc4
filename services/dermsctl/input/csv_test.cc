#include "services/dermsctl/input/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/client/testing/tls_server.h"

namespace derms::dermsctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string File(const std::string& content) {
  return client::testing::WriteTemporaryFile("data.csv", content);
}

// All rows as "a|b|c", or the error as its last element.
std::vector<std::string> Rows(const std::string& content) {
  std::vector<std::string> rows;
  auto reader = CsvReader::Open(File(content));
  if (!reader.ok()) return {std::string(reader.status().message())};
  while (true) {
    const auto row = (*reader)->Next();
    if (!row.ok()) rows.emplace_back(row.status().message());
    if (!row.ok() || !*row) return rows;
    std::string text;
    for (const std::string& cell : (*row)->cells()) text += (text.empty() ? "" : "|") + cell;
    rows.push_back(text);
  }
}

TEST(CsvReader, ReadsQuotesBlanksAndBothLineEnds) {
  EXPECT_THAT(Rows("id,name\r\nA,\"one, \"\"two\"\"\"\r\n\r\nB,  spaced  \n"),
              ElementsAre("A|one, \"two\"", "B|spaced"));
  EXPECT_THAT(Rows("\xEF\xBB\xBFid,name\nA,b"), ElementsAre("A|b")) << "byte order mark, no newline at the end";
  EXPECT_THAT(Rows("id,name\nA,\"two\nlines\"\n"), ElementsAre("A|two\nlines"));
}

TEST(CsvReader, NamesFileAndLineOfWhatIsWrong) {
  EXPECT_THAT(Rows("id,name\nA,b\nC\n").back(), HasSubstr("data.csv:3: the row has 1 cells, the header 2"));
  EXPECT_THAT(Rows("id,name\nA,b,c\n").back(), HasSubstr(":2: the row has 3 cells"));
  EXPECT_THAT(Rows("id,name\nA,b\"c\n").back(), HasSubstr(":2: "));
  EXPECT_THAT(Rows("id,name\nA,\"open\n").back(), HasSubstr("is not closed"));
  EXPECT_THAT(Rows("id,name\nA," + std::string(2'000'000, 'x') + "\n").back(), HasSubstr(":2: the line is longer"));
}

TEST(CsvReader, RefusesAHeaderThatNamesNothing) {
  EXPECT_THAT(Rows("").back(), HasSubstr("the file is empty"));
  EXPECT_THAT(Rows("id,,x\n").back(), HasSubstr("a column has no name"));
  EXPECT_THAT(Rows("id,x,id\n").back(), HasSubstr("the column id is there twice"));
}

TEST(CsvReader, AMissingFileIsNotFound) {
  EXPECT_EQ(CsvReader::Open("/no/such.csv").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(CsvReader::Open("/tmp").status().code(), absl::StatusCode::kNotFound);
}

TEST(CsvReader, TellsUnknownColumnsAndProgress) {
  const auto reader = *CsvReader::Open(File("id,colour\nA,red\n"));
  EXPECT_THAT(reader->UnknownColumns({"id", "name"}), ElementsAre("colour"));
  ASSERT_TRUE(reader->Next().ok());
  EXPECT_DOUBLE_EQ(reader->progress(), 1.0);
}

TEST(CsvRow, FindsAColumnUnderItsFirstSpellingPresent) {
  const auto reader = *CsvReader::Open(File("region,kw\nNORTH,\n"));
  const CsvRow row = **reader->Next();
  EXPECT_EQ(row.Text({"region_id", "region"}), "NORTH");
  EXPECT_EQ(row.Text({"kw"}), std::nullopt) << "an empty cell is absent";
  EXPECT_EQ(row.Text({"owner"}), std::nullopt);
}

TEST(CsvRow, NumbersAreFiniteAndWhole) {
  const auto reader = *CsvReader::Open(File("a,b,c,d,e\n1.5e3,nan,inf,12kW,0x10\n"));
  const CsvRow row = **reader->Next();
  base::Violations violations;
  EXPECT_EQ(row.Number({"a"}, violations), 1500);
  for (const char* column : {"b", "c", "d"}) EXPECT_EQ(row.Number({column}, violations), std::nullopt) << column;
  ASSERT_EQ(violations.list().size(), 3u);
  EXPECT_EQ(violations.list()[2].field, "d");
  EXPECT_THAT(violations.list()[2].description, HasSubstr("'12kW' is no number (line 2)"));
}

}  // namespace
}  // namespace derms::dermsctl

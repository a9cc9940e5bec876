#include "data/csv.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace mote {
namespace {

using test::error_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string numbers_error(const std::string& text, const char* column) {
  const auto table = CsvTable::parse(text, "f.csv");
  if (!table) return table.error().text();
  const auto index = table->column(column);
  return index ? error_text(table->numbers(*index)) : index.error().text();
}

TEST(Csv, ReadsQuotesLineEndsAndByteOrderMark) {
  for (const char* text : {"a,\"b,c\"\n1,\"x \"\"y\"\"\"\n-2.5e3,z\n",
                           "\xEF\xBB\xBF"
                           "a,\"b,c\"\r\n+1,\"x \"\"y\"\"\"\r\n -2.5e3 ,z",
                           "a,\"b,c\"\r1,\"x \"\"y\"\"\"\r-2500,z\r"}) {
    const auto t = CsvTable::parse(text, "f.csv");
    ASSERT_TRUE(t) << t.error().text();
    EXPECT_THAT(t->header(), ElementsAre("a", "b,c"));
    ASSERT_EQ(t->rows(), 2u);
    EXPECT_THAT(t->numbers(0).value(), ElementsAre(1, -2500));
    EXPECT_EQ(t->text(0, 1), "x \"y\"");
    EXPECT_EQ(t->text(1, 1), "z");
  }
}

TEST(Csv, SaysWhereARowIsRagged) {
  EXPECT_EQ(error_text(CsvTable::parse("a,b\n1,2\n3\n4,5\n", "f.csv")),
            "f.csv:3:2: the row has 1 cells, the header has 2; repair or remove the row");
  EXPECT_THAT(error_text(CsvTable::parse("a,b\n1,2,3\n", "f.csv")), HasSubstr("f.csv:2:6: the row has 3 cells"));
  EXPECT_THAT(error_text(CsvTable::parse("a,b\n1,2,", "f.csv")), HasSubstr("the row has 3 cells"));
  EXPECT_THAT(error_text(CsvTable::parse("a,b\n1,2\n\n3,4\n", "f.csv")), HasSubstr("f.csv:3:1: an empty line"));
  EXPECT_TRUE(CsvTable::parse("a,b\n1,2\n\n\n", "f.csv")) << "blank lines at the end are harmless";
}

TEST(Csv, RefusesBrokenFiles) {
  EXPECT_EQ(error_text(CsvTable::parse("", "f.csv")),
            "f.csv:1:1: the file is empty; a CSV file starts with a line of column names");
  EXPECT_THAT(error_text(CsvTable::parse("\n\n", "f.csv")), HasSubstr("the file is empty"));
  EXPECT_THAT(error_text(CsvTable::parse("a,b\n", "f.csv")), HasSubstr("there is a header and no row below it"));
  EXPECT_THAT(error_text(CsvTable::parse("a,a\n1,2\n", "f.csv")),
              HasSubstr("f.csv:1:3: the column \"a\" is there twice"));
  EXPECT_THAT(error_text(CsvTable::parse("a,\n1,2\n", "f.csv")), HasSubstr("f.csv:1:3: column 2 has no name"));
  EXPECT_THAT(error_text(CsvTable::parse("a\n\"1\n2\n", "f.csv")), HasSubstr("f.csv:2:1: a quote is opened"));
  EXPECT_THAT(error_text(CsvTable::parse("a\n\"1\"2\n", "f.csv")), HasSubstr("f.csv:2:4: text after a closing quote"));
  EXPECT_THAT(error_text(CsvTable::read("/nowhere/at/all.csv")), HasSubstr("cannot read /nowhere/at/all.csv"));
}

TEST(Csv, RefusesWhatIsNoMeasurement) {
  EXPECT_EQ(numbers_error("t,ax\n1,2\n2,oops\n", "ax"),
            "f.csv:3:3: column \"ax\" holds \"oops\", a number was expected; correct the cell or remove the row");
  EXPECT_THAT(numbers_error("t,ax\n1,NaN\n", "ax"),
              HasSubstr("f.csv:2:3: column \"ax\" holds NaN, which is no measurement"));
  EXPECT_THAT(numbers_error("t,ax\n1,-inf\n", "ax"), HasSubstr("holds -inf, which is no measurement"));
  EXPECT_THAT(numbers_error("t,ax\n1,\n", "ax"), HasSubstr("f.csv:2:3: column \"ax\" is empty here"));
  EXPECT_THAT(numbers_error("t,ax\n1,2x\n", "ax"), HasSubstr("holds \"2x\""));
  EXPECT_THAT(numbers_error("t,ax\n1,+-2\n", "ax"), HasSubstr("holds \"+-2\""));
  EXPECT_EQ(numbers_error("time,acc_x\n1,2\n", "acc_y"),
            "f.csv:1:1: there is no column \"acc_y\"; did you mean \"acc_x\"? the columns are time, acc_x");
}

}  // namespace
}  // namespace mote

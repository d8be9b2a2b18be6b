// --plot and --report, as their users meet them: gnuplot draws, and the files are looked into.
#include <gmock/gmock.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using boost::property_tree::ptree;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string faithful = data("old_faithful.csv");

ptree parsed(const std::string& xml) {
  std::istringstream in(xml);
  ptree tree;
  read_xml(in, tree);
  return tree;
}

// All text of a kind of element, wherever it is.
void collect(const ptree& tree, const std::string& element, std::vector<std::string>& texts) {
  for (const auto& [name, child] : tree) {
    if (name == element) texts.push_back(child.data());
    collect(child, element, texts);
  }
}

std::vector<std::string> texts_of(const ptree& tree, const std::string& element) {
  std::vector<std::string> texts;
  collect(tree, element, texts);
  return texts;
}

// PNG (ISO/IEC 15948), 5.2 and 11.2.2: eight bytes of signature, then IHDR with width and height, big-endian.
std::size_t big_endian(const std::string& bytes, std::size_t at) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number * 256 + static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

class Pictures : public Command {};

TEST_F(Pictures, APngHasTheSizeThatIsSaid) {
  const Outcome outcome =
      latent("fit gaussian-mixture " + faithful + " --components 2 --restarts 2 --quiet --plot picture.PNG");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
  const std::string png = read("picture.PNG");
  ASSERT_THAT(png, StartsWith("\x89PNG\r\n\x1A\n"));
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(big_endian(png, 16), 2000);
  EXPECT_EQ(big_endian(png, 20), 1240);
}

struct Picture {
  std::string arguments;
  std::vector<std::string> shows;
};

std::ostream& operator<<(std::ostream& out, const Picture& picture) { return out << picture.arguments; }

class EveryPicture : public Command, public testing::WithParamInterface<Picture> {};

TEST_P(EveryPicture, ParsesAndShowsItsPanels) {
  write("model.json", R"({"model": "gaussian-mixture", "columns": ["eruptions", "waiting"], "parameters": {"weights":
      [0.36, 0.64], "means": [[2, 54], [4.3, 80]], "covariance": "diagonal", "covariances": [[0.1, 30], [0.2, 40]]}})");
  write("coins.json", R"({"model": "coin-mixture", "parameters": {"weights": [0.5, 0.5], "biases": [0.6, 0.5]}})");
  write("odd.csv", "\"it's <b> & \"\"q\"\" `ls`\",a_b^{2}é\n1,2\n2,1\n3,5\n4,2\n5,9\n");
  const Outcome outcome = latent(GetParam().arguments + " --plot picture.svg");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const auto texts = texts_of(parsed(read("picture.svg")), "text");
  for (const std::string& shown : GetParam().shows) {
    EXPECT_THAT(texts, testing::Contains(HasSubstr(shown)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryPicture,
    testing::Values(
        Picture{"fit gaussian-mixture " + faithful + " --components 2 --columns eruptions --restarts 3 --penalty 0.004",
                {"old_faithful.csv: gaussian-mixture, 2 components", "Histogram, components and mixture", "mixture",
                 "Observations by component of the largest responsibility", "Convergence of the best run",
                 "ELBO + log-prior", "Log-likelihood of every restart", "Responsibilities", "eruptions"}},
        Picture{"fit gaussian-mixture " + faithful + " --components 2 --restarts 2 --penalty 0",
                {"Components, with 1, 2 and 3 standard deviations", "component 2", "centres", "eruptions", "waiting",
                 "ELBO, each half-step"}},
        Picture{"fit gaussian-mixture " + data("iris.csv") +
                    " --columns sepal_length,sepal_width,petal_length,petal_width --components 3 --restarts 1",
                {"principal axis 1 (73 %)", "principal axis 4 (1 %)", "axes of the standardised columns"}},
        Picture{"fit gaussian-mixture odd.csv --components 1 --quiet", {"it's <b> & \"q\" `ls`", "a_b^{2}é"}},
        Picture{"fit coin-mixture " + data("coin_tosses.csv") + " --components 2 --acceleration squarem --quiet",
                {"Responsibilities", "Biases of the best run", "P(heads)", "coin 2", "set of tosses"}},
        Picture{"fit incomplete-gaussian " + data("airquality.csv"),
                {"Missing values: 44 (7.2 %)", "Observed and imputed values", "Ozone", "both imputed", "Convergence"}},
        Picture{"impute " + data("airquality.csv"), {"Missing values: 44 (7.2 %)", "Convergence of the best run"}},
        Picture{
            "select gaussian-mixture " + faithful + " --components 1..3 --restarts 2 --covariance full,tied --quiet",
            {"BIC", "AIC", "ICL", "tied", "best", "components"}},
        Picture{"predict model.json " + faithful, {"in doubt", "Responsibilities", "component 1"}},
        Picture{"predict coins.json " + data("coin_tosses.csv"), {"Responsibilities", "coin 1"}}));

// The numbers of a series in a script: x and y in turn.
std::vector<double> numbers_of(const std::string& script, const std::string& series) {
  const std::string begin = series + " << EOD\n";
  const auto at = script.find(begin);
  if (at == std::string::npos) return {};
  std::istringstream in(script.substr(at + begin.size()));
  return {std::istream_iterator<double>(in), {}};
}

// Do & Batzoglou (2008), figure 1b: from 0.6 and 0.5 one iteration leads to 0.71 and 0.58, and ten to 0.80 and 0.52.
TEST_F(Pictures, BiasesAreThoseOfEachIteration) {
  write("start.json", R"({"parameters": {"weights": [0.5, 0.5], "biases": [0.6, 0.5]}})");
  write("gnuplot", "#!/bin/sh\ncat >script.gp\necho picture\n");
  const Outcome outcome = latent("fit coin-mixture " + data("coin_tosses.csv") +
                                     " --start start.json --fixed-weights --tolerance 0 --max-iterations 10 --quiet "
                                     "--plot x.png",
                                 "chmod +x gnuplot && PATH=.:$PATH");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read("x.png"), "picture\n");
  const auto first = numbers_of(read("script.gp"), "$panel1_0");
  const auto second = numbers_of(read("script.gp"), "$panel1_1");
  ASSERT_EQ(first.size(), 22);
  ASSERT_EQ(second.size(), 22);
  EXPECT_EQ(first[20], 10.0);
  const auto expect = [](double value, double published) { EXPECT_NEAR(value, published, 0.005); };
  expect(first[1], 0.60);
  expect(second[1], 0.50);
  expect(first[3], 0.71);
  expect(second[3], 0.58);
  expect(first[21], 0.80);
  expect(second[21], 0.52);
}

// The best run is followed once more: it must end where the fit did, from whatever start and by whatever method.
TEST_F(Pictures, BiasesEndWhereTheFitDoes) {
  write("gnuplot", "#!/bin/sh\ncat >script.gp\necho picture\n");
  for (const std::string how : {"", " --acceleration squarem", " --short-runs 4", " --acceleration anderson"}) {
    const Outcome outcome =
        latent("fit coin-mixture " + data("coin_tosses.csv") + " --components 2 --restarts 3 --json --plot x.png" + how,
               "chmod +x gnuplot && PATH=.:$PATH");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json fitted = json::parse(outcome.out);
    for (const std::size_t coin : {0U, 1U}) {
      const auto numbers = numbers_of(read("script.gp"), fmt::format("$panel1_{}", coin));
      ASSERT_EQ(numbers.size(), 2 * (fitted.at("iterations").get<std::size_t>() + 1)) << how;
      EXPECT_NEAR(numbers.back(), fitted.at("parameters").at("biases").at(coin).get<double>(), 1e-11) << how;
    }
  }
}

// A column of equal values, and a single row, have no standard deviation to divide by.
TEST_F(Pictures, PrincipalAxesOfDataWithoutSpreadAreNumbers) {
  ASSERT_EQ(latent("fit gaussian-mixture " + data("iris.csv") +
                   " --columns sepal_length,sepal_width,petal_length --components 2 --restarts 1 --quiet --save m.json")
                .status,
            0);
  const std::string header = "sepal_length,sepal_width,petal_length\n";
  write("constant.csv", header + "5,3,1\n6,3,4\n7,3,6\n");
  write("single.csv", header + "5,3,1\n");
  for (const auto& [file, shown] :
       {std::pair("constant.csv", "principal axis 1 (100 %)"), std::pair("single.csv", "principal axis 1 (0 %)")}) {
    const Outcome outcome = latent(fmt::format("predict m.json {} --plot picture.svg", file));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const std::string svg = read("picture.svg");
    EXPECT_THAT(svg, HasSubstr(shown)) << file;
    EXPECT_THAT(svg, Not(HasSubstr("nan"))) << file;
  }
}

// Names that look like what ids are referred to by.
TEST_F(Pictures, APageShowsNamesAsTheyAre) {
  write("names.csv", "id='gp,#gpus\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n");
  ASSERT_EQ(latent("fit gaussian-mixture names.csv --components 1 --quiet --report page.html").status, 0);
  const std::string page = read("page.html");
  EXPECT_THAT(page, HasSubstr(">#gpus<"));
  EXPECT_THAT(page, Not(HasSubstr("#p1-gpus")));
}

TEST_F(Pictures, WithoutGnuplotThePackageIsNamedBeforeTheWork) {
  const Outcome outcome = latent("fit gaussian-mixture " + faithful + " --components 2 --plot x.png --save model.json",
                                 "env PATH=/nowhere");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "latent: gnuplot isn't installed, which draws the pictures: install the package gnuplot-nox\n");
  EXPECT_EQ(read("model.json"), "");
}

class PictureRefuses : public Command, public testing::WithParamInterface<Refusal> {};

TEST_P(PictureRefuses, InOneLineThatNamesWhatIsWrong) {
  expect_refusal(latent(GetParam().arguments), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, PictureRefuses,
    testing::Values(Refusal{"fit gaussian-mixture " + faithful + " --components 2 --plot x.pdf",
                            "--plot: x.pdf: must end in .png or .svg"},
                    Refusal{"impute " + data("airquality.csv") + " --plot svg",
                            "--plot: svg: must end in .png or .svg"},
                    Refusal{"fit gaussian-mixture " + faithful + " --components 2 --plot no/such/x.png",
                            "no/such/x.png: No such file"},
                    Refusal{"select gaussian-mixture " + faithful + " --components 2 --report .", ".: is a folder"}));

TEST_F(Pictures, TheReportHasWhatTheJsonHas) {
  write("odd <b>&.csv", contents(faithful));
  const Outcome outcome = latent(
      "fit gaussian-mixture 'odd <b>&.csv' --components 2 --restarts 3 --max-iterations 2 --json --report page.html");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json fitted = json::parse(outcome.out);
  const std::string html = read("page.html");
  const ptree page = parsed(html);  // well-formed, the pictures in it too
  EXPECT_EQ(page.get<std::string>("html.body.h1"), "gaussian-mixture: odd <b>&.csv");

  EXPECT_THAT(texts_of(page, "h2"), testing::ElementsAre("Summary", "Warnings", "Pictures", "Parameters", "Restarts"));
  EXPECT_EQ(texts_of(page, "svg").size(), 3);
  EXPECT_THAT(texts_of(page, "figcaption"), testing::Contains("Convergence of the best run"));

  const auto cells_of_page = texts_of(page, "td");
  const auto shows = [&](const json& number, const char* format) {
    EXPECT_THAT(cells_of_page, testing::Contains(fmt::format(fmt::runtime(format), number.get<double>())));
  };
  shows(fitted.at("log_likelihood"), "{:.6f}");
  shows(fitted.at("objective"), "{:.6f}");
  shows(fitted.at("bic"), "{:.3f}");
  shows(fitted.at("icl"), "{:.3f}");
  for (const json& restart : fitted.at("restarts")) shows(restart.at("log_likelihood"), "{:.6f}");
  for (const json& weight : fitted.at("parameters").at("weights")) shows(weight, "{:.6g}");
  for (const json& row : fitted.at("parameters").at("covariances").at(1)) {
    for (const json& entry : row) shows(entry, "{:.6g}");
  }
  ASSERT_FALSE(fitted.at("warnings").empty());
  EXPECT_THAT(texts_of(page, "p"), testing::Contains(fitted.at("warnings").at(0).get<std::string>()));
}

TEST_F(Pictures, TheReportFetchesAndRunsNothing) {
  ASSERT_EQ(
      latent("select gaussian-mixture " + faithful + " --components 1..2 --restarts 2 --quiet --report x.html").status,
      0);
  std::string html = read("x.html");
  const ptree page = parsed(html);
  EXPECT_THAT(texts_of(page, "h2"), testing::ElementsAre("Candidates", "Criteria", "Summary", "Warnings", "Pictures",
                                                         "Parameters", "Restarts"));
  for (const std::string name : {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}) {  // names, no places
    for (auto at = html.find(name); at != std::string::npos; at = html.find(name)) html.erase(at, name.size());
  }
  for (const char* fetched : {"http", "<script", "src=", "url(", "@import", "<link", "<iframe", "onload"}) {
    EXPECT_THAT(html, Not(HasSubstr(fetched)));
  }
  // Each reference is to an id of the page, and no id is twice in it.
  std::set<std::string> ids;
  const auto quoted_after = [&](const std::string& name, const auto& use) {
    for (auto at = html.find(name); at != std::string::npos; at = html.find(name, at + 1)) {
      const auto begin = at + name.size() + 1;
      use(html.substr(begin, html.find(html[begin - 1], begin) - begin));
    }
  };
  quoted_after(" id=", [&](const std::string& id) { EXPECT_TRUE(ids.insert(id).second) << id; });
  std::size_t references = 0;
  quoted_after("href=", [&](const std::string& reference) {
    ASSERT_THAT(reference, StartsWith("#"));
    EXPECT_TRUE(ids.contains(reference.substr(1))) << reference;
    ++references;
  });
  EXPECT_GT(references, 100);
}

}  // namespace
}  // namespace latent::command

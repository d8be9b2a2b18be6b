// A figure as the script that gnuplot draws it from, and the panels that pictures are made of.
#include "command/plotting/figure.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "command/plotting/pictures.hpp"
#include "command/reports/projection.hpp"
#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// In single quotes nothing is expanded, and a quote is written twice (gnuplot 5.4, "Quote Marks").
TEST(GnuplotString, IsInSingleQuotesAndOnOneLine) {
  EXPECT_EQ(gnuplot_string("petal_width"), "'petal_width'");
  EXPECT_EQ(gnuplot_string("it's `ls` @x \"q\" \\n"), "'it''s `ls` @x \"q\" \\n'");
  EXPECT_EQ(gnuplot_string("'; system 'rm x"), "'''; system ''rm x'");
  EXPECT_EQ(gnuplot_string("two\nlines\tand\x01more"), "'two lines and more'");
  EXPECT_EQ(gnuplot_string("température"), "'température'");
}

TEST(Printable, IsUtf8AndNotTooLong) {
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a\uFFFDb");
  EXPECT_EQ(printable("a\xC3"), "a\uFFFD");
  EXPECT_EQ(printable("ééé", 3), "ééé");
  EXPECT_EQ(printable("éééé", 3), "ééé…");
  EXPECT_EQ(printable("a\u0085\uFFFF"), "a  ");
  EXPECT_EQ(html_text("<a href=\"x\">&</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
}

Figure figure_of(Panel panel) {
  Figure figure;
  figure.panels = {std::move(panel)};
  return figure;
}

TEST(GnuplotScript, HasTheDataOfEachSeriesAndDrawsThem) {
  const Figure figure = figure_of(
      {.title = "A panel",
       .x = {.label = "across"},
       .y = {.label = "up"},
       .series = {{.title = "few", .style = {.colour = "#0072B2", .shape = 9}, .x = {1.0, 2.0}, .y = {3.0, 0.25}},
                  {.style = {.dash = Dash::dotted}, .mark = Mark::line, .x = {1.0, 1.5, 2.0}, .y = {1, NAN, 2}},
                  {.title = "bar", .boxes = {{.left = 0.0, .right = 1.0, .bottom = 0.0, .top = 2.0}}}},
       .legend = Legend::right});
  const std::string script = gnuplot_script(figure, PictureFormat::svg);
  EXPECT_THAT(script, HasSubstr("$panel0_0 << EOD\n1 3\n2 0.25\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("$panel0_1 << EOD\n1 1\n\n2 2\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("$panel0_2 << EOD\n0 0 0 1 0 2\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("$panel0_0 using 1:2 with points pt 9 ps 1 lc rgb '#000072B2'"));
  EXPECT_THAT(script, HasSubstr("$panel0_1 using 1:2 with lines"));
  EXPECT_THAT(script, HasSubstr("dt 3 notitle"));
  EXPECT_THAT(script, HasSubstr("$panel0_2 using 1:2:3:4:5:6 with boxxyerror fs solid"));
  EXPECT_THAT(script, HasSubstr("title 'few'"));
  EXPECT_THAT(script, HasSubstr("set title 'A panel'"));
  EXPECT_THAT(script, HasSubstr("set xlabel 'across'"));
  EXPECT_THAT(script, HasSubstr("set ylabel 'up'"));
}

TEST(GnuplotScript, SaysTheSizeThatTheFormatHas) {
  Figure figure = figure_of({});
  figure.width = 300;
  figure.height = 200;
  EXPECT_THAT(gnuplot_script(figure, PictureFormat::svg), HasSubstr("set terminal svg noenhanced size 300,200 "));
  EXPECT_THAT(gnuplot_script(figure, PictureFormat::png), HasSubstr("set terminal pngcairo noenhanced size 600,400 "));
}

TEST(GnuplotScript, WhatAFileSaysIsNeverACommand) {
  Figure figure =
      figure_of({.title = "a'\nset output 'x", .x = {.label = "b'; q", .ticks = {{.at = 1, .label = "c'd"}}}});
  figure.title = "t'u";
  figure.note = "n'o";
  const std::string script = gnuplot_script(figure, PictureFormat::svg);
  EXPECT_THAT(script, HasSubstr("set title 'a'' set output ''x'\n"));
  EXPECT_THAT(script, HasSubstr("set xlabel 'b''; q'\n"));
  EXPECT_THAT(script, HasSubstr("('c''d' 1)"));
  EXPECT_THAT(script, HasSubstr("title 't''u'"));
  EXPECT_THAT(script, HasSubstr("set label 'n''o'"));
}

// Ticks that %g would write alike have as many digits as tell them apart.
TEST(GnuplotScript, TicksCanBeToldApart) {
  const auto format = [](double low, double high) {
    return gnuplot_script(figure_of({.y = {.range = Interval{low, high}}}), PictureFormat::svg);
  };
  EXPECT_THAT(format(0.0, 10.0), HasSubstr("set format y '%g'"));
  EXPECT_THAT(format(-1130.265, -1130.264), HasSubstr("set format y '%.4f'"));
  EXPECT_THAT(format(1.6e9, 1.6e9 + 100.0), HasSubstr("set format y '%.0f'"));
}

TEST(Ranges, HoldWhatIsDrawnAndAMargin) {
  Panel panel{.series = {{.x = {-1.0, 3.0, INFINITY}, .y = {5.0, 5.0, NAN}}}};
  const Interval across = horizontal_range(panel);
  EXPECT_LT(across.low, -1.0);
  EXPECT_GT(across.low, -1.5);
  EXPECT_GT(across.high, 3.0);
  EXPECT_LT(across.high, 3.5);
  const Interval up = vertical_range(panel);
  EXPECT_LT(up.low, 5.0);
  EXPECT_GT(up.high, 5.0);
  // Boxes stand on the axis.
  panel.series = {{.boxes = {{.left = 0.0, .right = 1.0, .bottom = 0.0, .top = 2.0}}}};
  EXPECT_EQ(vertical_range(panel).low, 0.0);
  EXPECT_GT(vertical_range(panel).high, 2.0);
  EXPECT_LT(vertical_range(Panel()).low, vertical_range(Panel()).high);
}

TEST(Ranges, AreFiniteForTheLargestAndTheSmallestNumbers) {
  for (const double size : {1e-300, 1e-10, 1e150, 1e300}) {
    const Panel panel{.series = {{.x = {size, size}, .y = {-size, size}}}};
    for (const Interval& range : {horizontal_range(panel), vertical_range(panel)}) {
      EXPECT_TRUE(std::isfinite(range.low) && std::isfinite(range.high)) << size;
      EXPECT_LT(range.low, range.high) << size;
    }
  }
}

TEST(ComponentStyle, TellsEightyFourComponentsApart) {
  std::set<std::pair<std::string, int>> seen;
  for (std::size_t k = 0; k < 84; ++k) seen.insert({component_style(k).colour, component_style(k).shape});
  EXPECT_EQ(seen.size(), 84);
  // Okabe & Ito (2008): blue and vermillion first.
  EXPECT_EQ(component_style(0).colour, "#0072B2");
  EXPECT_EQ(component_style(1).colour, "#D55E00");
}

TEST(DrawnRows, AreEveryKthAndTheNoteSaysSo) {
  EXPECT_THAT(drawn_rows(3, 5), ElementsAre(0, 1, 2));
  EXPECT_THAT(drawn_rows(10, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(drawn_rows(11, 5), ElementsAre(0, 3, 6, 9));
  EXPECT_EQ(drawn_rows(1'000'000, 2000).size(), 2000);
  EXPECT_EQ(thinning_note(drawn_rows(3, 5), 3), "");
  EXPECT_EQ(thinning_note(drawn_rows(1'000'000, 2000), 1'000'000), "every 500th of 1000000 observations is drawn");
  EXPECT_EQ(thinning_note(drawn_rows(10, 5), 10), "every 2nd of 10 observations is drawn");
  EXPECT_THAT(spread_rows(101, 3), ElementsAre(0, 50, 100));
  EXPECT_THAT(spread_rows(1, 10), ElementsAre(0));
}

TEST(ConvergencePanel, HasTheElboAtHalfSteps) {
  const Trace trace = {{.number = 0, .log_likelihood = -10.0, .objective = -10.0},
                       {.number = 1, .log_likelihood = -6.0, .objective = -6.0, .elbo_after_m_step = -7.0},
                       {.number = 2, .log_likelihood = -5.0, .objective = -5.0, .elbo_after_m_step = -5.5}};
  const Panel panel = convergence_panel(trace);
  ASSERT_EQ(panel.series.size(), 2);
  EXPECT_THAT(panel.series[0].y, ElementsAre(-10.0, -6.0, -5.0));
  EXPECT_THAT(panel.series[1].x, ElementsAre(0.0, 0.5, 1.0, 1.5, 2.0));
  EXPECT_THAT(panel.series[1].y, ElementsAre(-10.0, -7.0, -6.0, -5.5, -5.0));
}

TEST(RestartsPanel, HasEveryRestartAndMarksTheBest) {
  const std::vector<RestartOutcome> restarts = {
      {.number = 1, .log_likelihood = -3.0, .stop = {.rule = "", .converged = true}},
      {.number = 2, .failure = "it collapsed"},
      {.number = 3, .log_likelihood = -2.0, .stop = {.rule = "", .converged = true}},
      {.number = 4, .log_likelihood = -4.0, .stop = {.rule = "", .converged = false}}};
  const Panel panel = restarts_panel(restarts, 3);
  ASSERT_EQ(panel.series.size(), 4);
  EXPECT_THAT(panel.series[0].x, ElementsAre(1.0, 3.0));
  EXPECT_THAT(panel.series[0].y, ElementsAre(-3.0, -2.0));
  EXPECT_THAT(panel.series[1].x, ElementsAre(4.0));
  EXPECT_THAT(panel.series[2].x, ElementsAre(3.0));
  EXPECT_THAT(panel.series[3].x, ElementsAre(2.0));
  EXPECT_EQ(panel.series[3].title, "failed");
}

TEST(ResponsibilitiesPanel, StacksToOne) {
  Matrix responsibilities(2, 3);
  responsibilities << 0.2, 0.3, 0.5, 1.0, 0.0, 0.0;
  const Panel panel = responsibilities_panel(responsibilities, {"7", "8"}, "observation");
  ASSERT_EQ(panel.series.size(), 3);
  for (std::size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(panel.series[0].boxes[row].bottom, 0.0);
    EXPECT_EQ(panel.series[1].boxes[row].bottom, panel.series[0].boxes[row].top);
    EXPECT_NEAR(panel.series[2].boxes[row].top, 1.0, 1e-12);
  }
  EXPECT_NEAR(panel.series[1].boxes[0].top, 0.5, 1e-12);
  ASSERT_EQ(panel.x.ticks.size(), 2);
  EXPECT_EQ(panel.x.ticks[1].label, "8");
}

TEST(SelectionPicture, MarksTheBestOnItsCriterion) {
  SelectionReport report{.criterion = "icl", .candidates = {}, .best = 1, .fit = {}};
  for (std::size_t k = 1; k <= 3; ++k) {
    const auto value = static_cast<double>(k);
    report.candidates.push_back(
        {.outcome = {
             .label = "K",
             .components = k,
             .scores = Scores{.aic = 10.0 + value, .bic = 20.0 + value, .icl = 30.0 + value, .converged = true}}});
  }
  report.candidates.push_back({.outcome = {.label = "K", .components = 4, .failure = "it collapsed"}});
  const Figure figure = picture_of_selection(report);
  ASSERT_EQ(figure.panels.size(), 1);
  const auto& series = figure.panels[0].series;
  ASSERT_EQ(series.size(), 4);
  EXPECT_EQ(series[0].title, "BIC");
  EXPECT_THAT(series[0].x, ElementsAre(1.0, 2.0, 3.0));
  EXPECT_THAT(series[0].y, ElementsAre(21.0, 22.0, 23.0));
  EXPECT_EQ(series[3].title, "best");
  EXPECT_THAT(series[3].x, ElementsAre(2.0));
  EXPECT_THAT(series[3].y, ElementsAre(32.0));
}

// The definition: (x − μ)ᵀ Σ⁻¹ (x − μ) = r².
TEST(Ellipses, AreOfOneTwoAndThreeStandardDeviations) {
  Vector mean(2);
  mean << 3.0, -1.0;
  Matrix covariance(2, 2);
  covariance << 4.0, 1.5, 1.5, 1.0;
  const Series lines = ellipses(onto_columns({"a", "b"}), mean, covariance, 0, 1);
  std::set<int> radii;
  const double determinant = 4.0 * 1.0 - 1.5 * 1.5;
  for (std::size_t i = 0; i < lines.x.size(); ++i) {
    if (std::isnan(lines.y[i])) continue;
    const double dx = lines.x[i] - 3.0;
    const double dy = lines.y[i] + 1.0;
    const double radius = std::sqrt((1.0 * dx * dx - 2.0 * 1.5 * dx * dy + 4.0 * dy * dy) / determinant);
    EXPECT_NEAR(radius, std::round(radius), 1e-9);
    radii.insert(static_cast<int>(std::lround(radius)));
  }
  EXPECT_THAT(radii, ElementsAre(1, 2, 3));
}

// Two columns on a line and one that is nearly constant noise: one axis has it all; scales of columns don't matter.
TEST(PrincipalAxes, AreThoseOfTheCorrelations) {
  RowMatrix data(4, 3);
  data << 1.0, 1000.0, 1.0, 2.0, 2000.0, -1.0, 3.0, 3000.0, -1.0, 4.0, 4000.0, 1.0;
  const Projection projection = onto_principal_axes(Observations(data), 4);
  ASSERT_EQ(projection.axes.cols(), 3);
  // Correlations 1 between the first two, 0 with the third: eigenvalues 2, 1 and 0 of sum 3.
  EXPECT_EQ(projection.names[0], "principal axis 1 (67 %)");
  EXPECT_EQ(projection.names[1], "principal axis 2 (33 %)");
  const Matrix points = projected(projection, Observations(data), {0, 1, 2, 3});
  for (Index axis = 0; axis < 2; ++axis) EXPECT_NEAR(points.col(axis).sum(), 0.0, 1e-12);
  EXPECT_NEAR(points.col(0).squaredNorm() / 4.0, 2.0, 1e-12);
  EXPECT_NEAR(points.col(1).squaredNorm() / 4.0, 1.0, 1e-12);
  EXPECT_THAT(onto_columns({"a", "b"}).note, IsEmpty());
  EXPECT_THAT(projection.note, Not(IsEmpty()));
}

}  // namespace
}  // namespace latent::cli

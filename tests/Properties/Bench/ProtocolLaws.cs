using System.Globalization;
using System.Text.Json;
using DistGrad.GradBench.Evals;
using Xunit;

namespace DistGrad.Properties.Bench;

/// <summary>The GradBench tool answers each line with one line, whatever it is asked.</summary>
public class ProtocolLaws
{
    public static TheoryData<string, string> Functions =>
        [.. EvalTable.All.SelectMany(e => e.Functions.Select(f => (e.Name, f)))];

    public static TheoryData<string> Modules => [.. EvalTable.All.Select(e => e.Name)];

    [Fact]
    public void ItSaysWhoItIs()
    {
        var answer = Tool.Answer("""{"id":0,"kind":"start","eval":"hello","config":{}}""");
        Assert.Equal("""{"id":0,"tool":"distgrad"}""", answer.GetRawText());
    }

    [Fact]
    public void AnswersHaveTheIdsOfTheirMessages()
    {
        var ids = new[] { 0, 5, 3, 1_000_000 };
        var answers = Tool.Answers([.. ids.Select(id => $$"""{"id":{{id}},"kind":"analysis","of":2,"valid":true}""")]);
        Assert.Equal(ids.Select(id => $$"""{"id":{{id}}}"""), answers.Select(a => a.GetRawText()));
    }

    [Fact]
    public void AMessageOfAnotherKindIsAnswered() =>
        Assert.Equal("""{"id":4}""", Tool.Answer("""{"id":4,"kind":"farewell"}""").GetRawText());

    [Fact]
    public void NothingIsSaidUnasked() => Assert.Equal(("", ""), Tool.Said(""));

    [Fact]
    public void TheLastLineNeedsNoEnd() => Assert.Equal("{\"id\":1}\n", Tool.Said("""{"id":1,"kind":"x"}""").Output);

    [Theory]
    [MemberData(nameof(Modules))]
    public void ModulesAreDefined(string module)
    {
        var answer = Tool.Answer($$"""{"id":1,"kind":"define","module":"{{module}}"}""");
        Assert.Equal("""{"id":1,"success":true}""", answer.GetRawText());
    }

    [Theory]
    [InlineData("not JSON", null, "is an invalid JSON literal")]
    [InlineData("", null, "JSON")]
    [InlineData("""{"id":1,"kind":"evaluate","module":"lse","function":"primal","input":[NaN]}""", null, "'N' is")]
    [InlineData("""{"kind":"start"}""", null, "has no \"id\"")]
    [InlineData("""[1]""", null, "has no \"id\"")]
    [InlineData("""{"id":1}""", "1", "has no \"kind\"")]
    [InlineData("""{"id":1,"kind":"define","module":"raytracer"}""", "1", "no module \"raytracer\"; there are hello")]
    [InlineData("""{"id":1,"kind":"evaluate","module":"no","function":"f","input":1}""", "1", "no module \"no\"")]
    [InlineData("""{"id":1,"kind":"evaluate","module":"lse","function":"primal"}""", "1", "has no \"input\"")]
    public void WhatCannotBeUnderstoodIsAnError(string message, string? id, string error)
    {
        var answer = Tool.Answer(message);
        Assert.Equal(id ?? "null", answer.GetProperty("id").GetRawText());
        Assert.False(answer.GetProperty("success").GetBoolean());
        Assert.Contains(error, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "triple", "1", "hello has no function \"triple\"; it has square, double")]
    [InlineData("hello", "square", "\"one\"", "a finite number is needed; found \"one\"")]
    [InlineData("hello", "square", "1e999", "a finite number is needed; found 1e999")]
    [InlineData("hello", "square", "null", "has no \"input\"")]
    [InlineData("hello", "square", "1e200", "the output holds")]
    [InlineData("lse", "primal", "{}", "has no \"x\"")]
    [InlineData("lse", "primal", """{"x":1}""", "an array is needed; found 1")]
    [InlineData("lse", "gradient", """{"x":["NaN"]}""", "a finite number is needed; found \"NaN\"")]
    [InlineData("lse", "gradient", """{"x":[1,null]}""", "a finite number is needed; found null")]
    [InlineData("llsq", "primal", """{"x":[1],"n":2.5}""", "an integer of 32 bits is needed; found 2.5")]
    [InlineData("kmeans", "cost", """{"points":[[1,2],[3]],"centroids":[[1,2]]}""", "rows of one length are needed")]
    [InlineData("det", "primal", """{"A":[1,2,3],"ell":2}""", "reshape")]
    public void AnEvaluationThatCannotBeDoneIsAnErrorAndTheNextIsDone(
        string module, string function, string input, string error)
    {
        var answers = Tool.Answers(
            $$"""{"id":7,"kind":"evaluate","module":"{{module}}","function":"{{function}}","input":{{input}}}""",
            """{"id":9,"kind":"evaluate","module":"hello","function":"square","input":3}""");
        Assert.Equal(7, answers[0].GetProperty("id").GetInt32());
        Assert.False(answers[0].GetProperty("success").GetBoolean());
        Assert.Contains(error, answers[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(answers[0].TryGetProperty("output", out _));
        Assert.Equal(9, answers[1].GetProperty("output").GetDouble());
    }

    [Fact]
    public void MistakesGoToTheLogInWords()
    {
        var (_, log) = Tool.Said("""{"id":1,"kind":"define","module":"raytracer"}""" + "\n");
        Assert.StartsWith("there is no module \"raytracer\"", log, StringComparison.Ordinal);
    }

    [Fact]
    public void ItRunsAsOftenAsAsked()
    {
        var answer = Tool.Evaluated("lse", "primal", """{"x":[1,2],"min_runs":3,"min_seconds":0}""");
        var timings = answer.GetProperty("timings").EnumerateArray().ToArray();
        Assert.Equal(
            ["prepare", "evaluate", "evaluate", "evaluate"], timings.Select(t => t.GetProperty("name").GetString()));
        Assert.All(timings, t => Assert.True(t.GetProperty("nanoseconds").TryGetInt64(out var n) && n >= 0));
        Assert.False(answer.TryGetProperty("error", out _));
    }

    [Fact]
    public void ItRunsAsLongAsAsked()
    {
        var answer = Tool.Evaluated("lse", "primal", """{"x":[1,2],"min_runs":1,"min_seconds":0.02}""");
        var runs = answer.GetProperty("timings").EnumerateArray()
            .Where(t => t.GetProperty("name").GetString() == "evaluate")
            .Sum(t => t.GetProperty("nanoseconds").GetInt64());
        Assert.True(runs >= 20_000_000, $"{runs} ns");
    }

    /// <summary>Lines are longer than any buffer that they are read with.</summary>
    [Fact]
    public void LinesMayBeLong()
    {
        var numbers = string.Join(',', Enumerable.Range(0, 50_000).Select(i =>
            (i / 50_000.0).ToString(CultureInfo.InvariantCulture)));
        var answers = Tool.Answers(
            """{"id":1,"kind":"x"}""",
            $$$"""{"id":2,"kind":"evaluate","module":"lse","function":"gradient","input":{"x":[{{{numbers}}}]}}""",
            """{"id":3,"kind":"x"}""");
        Assert.Equal([1, 2, 3], answers.Select(a => a.GetProperty("id").GetInt32()));
        var gradient = answers[1].GetProperty("output").EnumerateArray().Select(x => x.GetDouble()).ToArray();
        Assert.Equal(50_000, gradient.Length);
        Assert.Equal(1, gradient.Sum(), 1e-12);
    }

    /// <summary>Every function gives the same bits on one thread and on two.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void ThreadsChangeNothing(string module, string function)
    {
        var eval = EvalTable.Find(module);
        Assert.Equal(Written(eval.Example(function, 1)), Written(eval.Example(function, 2)));

        static string Written(Work work)
        {
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream))
                work.Write(writer);
            return Convert.ToHexString(stream.ToArray());
        }
    }
}

using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;

namespace DistGrad.Verification;

/// <summary>Generators of random well-typed programs, with shrinkers towards fewer operations.</summary>
public static class Programs
{
    private static readonly Gen<Move> AnyMove = Gen.Frequency(Moves.Table.Select(m => (m.Weight, Gen.Constant(m))));

    /// <summary>
    /// Programs of up to so many operations on one to three inputs of shapes that broadcast against each other.
    /// </summary>
    public static Arbitrary<RandomProgram> Any(int operations = 10, DType dtype = DType.Float64) => Arb.From(
        from count in Gen.Choose(1, 3)
        from shapes in Shapes.Broadcastable(count, rank: 2, longest: 3, shortest: 1).Generator
        from program in Of(operations, dtype, [.. shapes])
        select program,
        program => program.Smaller());

    /// <summary>Programs of up to so many operations on inputs of these shapes.</summary>
    public static Arbitrary<RandomProgram> On(
        ImmutableArray<Shape> inputs, int operations = 10, DType dtype = DType.Float64) =>
        Arb.From(Of(operations, dtype, inputs), program => program.Smaller());

    /// <summary>A program together with inputs for it, elements between two bounds.</summary>
    public static Arbitrary<ProgramCase> WithInputs(
        Arbitrary<RandomProgram> programs, double low = -1.5, double high = 1.5)
    {
        ArgumentNullException.ThrowIfNull(programs);
        return Arb.From(
            from program in programs.Generator
            from inputs in Gen.CollectToArray(
                program.Inputs.Select(s => Tensors.Of(s, program.DType, low, high).Generator))
            select new ProgramCase(program, [.. inputs]),
            c => programs.Shrinker(c.Program).Select(p => c with { Program = p }));
    }

    private static Gen<RandomProgram> Of(int operations, DType dtype, ImmutableArray<Shape> inputs) =>
        from steps in Gen.ArrayOf(AnyStep, operations)
        select RandomProgram.Fitting(dtype, inputs, steps);

    // How far back an operand lies: most often among the last few, so that programs grow deep.
    private static Gen<RandomProgram.Step> AnyStep =>
        from move in AnyMove
        from operands in Gen.ArrayOf(Gen.Frequency((3, Gen.Choose(0, 1)), (2, Gen.Choose(0, 10))), move.Arity)
        from choice in Gen.Choose(0, 11)
        select new RandomProgram.Step(move, [.. operands], choice);
}

/// <summary>A program and inputs for it.</summary>
public sealed record ProgramCase(RandomProgram Program, ImmutableArray<Tensor> Inputs)
{
    /// <summary>The program's lines, and the inputs.</summary>
    public override string ToString() => $"{Program}on {string.Join(", ", Inputs)}";
}

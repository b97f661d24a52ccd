using System.Collections.Immutable;
using System.Text;
using DistGrad.Simplify;

namespace DistGrad;

public sealed partial class Lambda
{
    /// <summary>
    /// The results as mathematics to be read: the gradient of x*x*x is <c>3x^2</c>. Broadcasting is left out, and what
    /// is long is named first. Equal as real numbers; rounding may differ from the program's.
    /// </summary>
    public string ToMath() => new Mathematics(this).Write();

    /// <summary>Writes a program as formulas, an application at a time, so that shared parts stay shared.</summary>
    private sealed class Mathematics(Lambda program)
    {
        /// <summary>A formula of more terms or letters gets a name, and is written once.</summary>
        private const int LongestTerms = 12;
        private const int LongestText = 100;

        private readonly Dictionary<Tensor, Polynomial> formulas = new(ReferenceEqualityComparer.Instance);
        private readonly StringBuilder named = new();
        private int names;

        public string Write()
        {
            foreach (var parameter in program.Parameters)
                formulas[parameter] = Polynomial.Atom(((Parameter)parameter.Source.Operation).Label);
            var simple = Rewriter.Simplify(program);
            foreach (var node in simple.Body)
            {
                foreach (var result in node.Results)
                    formulas[result] = Short(Formula(node, result));
            }
            return named + string.Join("\n", simple.Results.Select(r => formulas[r].ToString()));
        }

        private Polynomial Formula(Application node, Tensor result)
        {
            ImmutableArray<Polynomial> x = [.. node.Operands.Select(o => formulas[o])];
            return node.Operation switch
            {
                Literal { Value: var value } => value.Shape.Size == 1 && value.DType != DType.Bool
                    ? Polynomial.Number(value.Double(0))
                    : Polynomial.Atom(value.Shape.Size == 1 ? value.ToString() : $"constant{value.Shape}"),
                Add => x[0] + x[1],
                Sub => x[0] - x[1],
                Neg => Polynomial.Number(-1) * x[0],
                Mul or StrongMul => x[0] * x[1],
                Div => x[0] * x[1].Power(-1),
                Pow when x[1].Constant is { } exponent => x[0].Power(exponent),
                Broadcast or Identity or StopGradient or Cast => x[0],
                Reshape when node.Operands[0].Shape.Size == 1 => x[0],
                var operation => Polynomial.Atom(
                    $"{operation.Name}{(node.Results.Length > 1 ? $".{result.Index}" : "")}" +
                    $"({string.Join(", ", x.Select(p => p.ToString()))})"),
            };
        }

        private Polynomial Short(Polynomial formula)
        {
            var text = formula.ToString();
            if (formula.Count <= LongestTerms && text.Length <= LongestText)
                return formula;
            var name = $"v{++names}";
            named.Append(System.Globalization.CultureInfo.InvariantCulture, $"{name} = {text}\n");
            return Polynomial.Atom(name);
        }
    }
}

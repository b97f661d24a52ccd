using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace DistGrad.Trees;

/// <summary>
/// Tuples of any number of items, struct or not; those beyond the seventh, which .NET nests, lie flat.
/// </summary>
internal static class Tuples
{
    private const int Nested = 7;

    public static Kind? Match(Type type) => type.IsAssignableTo(typeof(ITuple)) && Reaches.IsPlatform(type)
        ? new Product(type, [.. Members(type, tuple => tuple, 1)], items => Make(type, items)) : null;

    private static IEnumerable<Member> Members(Type type, Func<Expression, Expression> reach, int first)
    {
        var arguments = type.GetGenericArguments();
        for (var i = 0; i < Math.Min(arguments.Length, Nested); i++)
        {
            var item = $"Item{i + 1}";
            yield return new($"item{first + i}", arguments[i], tuple => Expression.PropertyOrField(reach(tuple), item));
        }
        if (arguments.Length <= Nested)
            yield break;
        Expression Rest(Expression tuple) => Expression.PropertyOrField(reach(tuple), "Rest");
        foreach (var member in Members(arguments[Nested], Rest, first + Nested))
            yield return member;
    }

    private static NewExpression Make(Type type, Expression[] items)
    {
        var arguments = type.GetGenericArguments();
        Expression[] own = arguments.Length <= Nested ? items
            : [.. items[..Nested], Make(arguments[Nested], items[Nested..])];
        return arguments.Length == 0 ? Expression.New(type) : Expression.New(type.GetConstructor(arguments)!, own);
    }
}

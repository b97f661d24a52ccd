using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>
/// In what forms a straight program holds its tensors, found without building it. The states of a loop are vectors
/// where its body, given vectors, gives vectors again.
/// </summary>
internal static class Forms
{
    /// <summary>The forms of what a program gives.</summary>
    public static Form[] OfResults(Lambda program, ReadOnlySpan<Form> given)
    {
        var forms = new Dictionary<Tensor, Form>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < given.Length; i++)
            forms[program.Parameters[i]] = given[i];
        foreach (var node in program.Body)
            Add(forms, node);
        return [.. program.Results.Select(r => forms[r])];
    }

    /// <summary>Adds the forms of an application's results to those of its operands.</summary>
    public static void Add(Dictionary<Tensor, Form> forms, Application node)
    {
        var results = OfResults(node, [.. node.Operands.Select(o => forms[o])]);
        for (var i = 0; i < results.Length; i++)
            forms[node.Results[i]] = results[i];
    }

    /// <summary>
    /// The forms of the parameters of each program that an application holds, and of its results that are states.
    /// </summary>
    public static (Form[][] Given, Form[] States) OfHolder(Application node, ReadOnlySpan<Form> x)
    {
        switch (node.Operation)
        {
            case While loop:
                var states = OfStates(loop.Body, x[..loop.Constants], x[loop.Constants..], []);
                Form[] given = [.. x[..loop.Constants], .. states];
                return ([given, given], states);
            case Scan scan:
                var xs = scan.Constants + scan.Carries;
                var rows = new Form[x.Length - xs];
                for (var i = 0; i < rows.Length; i++)
                {
                    var stack = x[xs + i].Stored is null ? Form.InMemory(node.Operands[xs + i].Shape) : x[xs + i];
                    rows[i] = stack.Row;
                }
                var first = x[scan.Constants..xs];
                var carries = OfStates(scan.Body, x[..scan.Constants], first, rows);
                return ([[.. x[..scan.Constants], .. carries, .. rows]], carries);
            case Sweeps sweeps:
                return OfSweeps(sweeps, x);
            default:
                var cond = (Cond)node.Operation;
                Form[] chosen = [.. x[1..]];
                return ([chosen, chosen], new Form[cond.Then.Results.Length]);
        }
    }

    private static (Form[][] Given, Form[] States) OfSweeps(Sweeps sweeps, ReadOnlySpan<Form> x)
    {
        var (kept, given, states, at) = (new List<Form>(), new List<Form[]>(), new List<Form>(), 1 + sweeps.Constants);
        foreach (var sweep in sweeps.All)
        {
            Form[] before = [.. x[1..(1 + sweeps.Constants)], .. kept];
            var carries = OfStates(sweep.Body, before, x[at..(at + sweep.Carries)], []);
            Form[] all = [.. before, .. carries];
            given.Add(all);
            states.AddRange(carries);
            kept.AddRange(OfResults(sweep.Body, all)[sweep.Carries..]);
            at += sweep.Carries;
        }
        return ([.. given], [.. states]);
    }

    /// <summary>
    /// The forms of the states of a body from (constants, states, rows) to the next states: those that it hands on as
    /// it finds them are what they are first; of the others as many are vectors as stay it.
    /// </summary>
    public static Form[] OfStates(
        Lambda body, ReadOnlySpan<Form> constants, ReadOnlySpan<Form> first, ReadOnlySpan<Form> rows)
    {
        var states = new Form[first.Length];
        for (var i = 0; i < states.Length; i++)
        {
            var parameter = body.Parameters[constants.Length + i];
            states[i] = body.Results[i] == parameter ? first[i]
                : Form.MayBeVectors(parameter.Type) ? new(parameter.DType.ByteSize, null)
                : Form.Numbers;
        }
        for (var isStable = false; !isStable;)
        {
            isStable = true;
            var next = OfResults(body, [.. constants, .. states, .. rows]);
            for (var i = 0; i < states.Length; i++)
            {
                var parameter = body.Parameters[constants.Length + i];
                if (body.Results[i] == parameter || states[i] == Form.Numbers ||
                    next[i] == states[i] || next[i].IsRowMajor(parameter.Type))
                    continue;
                (states[i], isStable) = (Form.Numbers, false);
            }
        }
        return states;
    }

    private static Form[] OfResults(Application node, Form[] x)
    {
        var result = node.Results.Length > 0 ? node.Results[0].Type : default;
        switch (node.Operation)
        {
            case Reading reading when x[0] != Form.Numbers:
                return [Read(reading, node, x[0])];
            case Reshape when x[0].Stored is not null:
                return [x[0].IsRowMajor(node.Operands[0].Type) ? Form.InMemory(result.Shape) : Form.Numbers];
            case Primitive { IsFree: true } or Identity:
                return [x[0]];
            case Fused fused:
                return OfResults(fused.Body, x);
            case While:
                return [.. OfHolder(node, x).States, Form.Numbers];
            case Scan scan:
                return
                [
                    .. OfHolder(node, x).States, .. node.Results[scan.Carries..].Select(y => Form.InMemory(y.Shape)),
                ];
            case HigherOrder:
                return OfHolder(node, x).States;
            default:
                return [new(Form.LaneBytesOf(node, x), null)];
        }
    }

    private static Form Read(Reading reading, Application node, Form x)
    {
        var from = node.Operands[0].Shape;
        var layout = reading.Read(from, x.Stored ?? Layout.RowMajor(from));
        return x.Stored is not null ? x with { Stored = layout }
            : IsSame(node, layout) ? x
            : Form.Numbers;
    }

    /// <summary>Whether a layout names all of an operand's elements in their order.</summary>
    public static bool IsSame(Application node, Layout layout) =>
        node.Operands[0].Shape.Size == node.Results[0].Shape.Size && layout.Offset == 0 &&
        new Plan.View(0, node.Results[0].Type, layout).IsRowMajor;
}

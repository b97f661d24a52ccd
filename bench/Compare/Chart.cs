using System.Globalization;
using System.Security;
using System.Text;

namespace DistGrad.Compare;

/// <summary>Ratios as bars on a logarithmic scale, in the words of SVG.</summary>
internal static class Chart
{
    private const int Line = 16;
    private const int Names = 340;
    private const int Bars = 420;
    private const int Head = 44;

    public static string Of(IReadOnlyList<Comparison> rows)
    {
        var shown = rows.Where(r => r.Ratio is not null).ToArray();
        var most = Math.Max(2, Math.Ceiling(shown.Select(r => Math.Log10(r.Ratio!.Value)).DefaultIfEmpty(2).Max()));
        var height = Head + (Line * shown.Length) + 10;
        var text = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Names + Bars + 70} {height}"
             font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            <text x="10" y="18" font-size="14">
            How many times faster than TorchSharp (logarithmic; dark: 1 thread, light: 2)</text>

            """));
        for (var power = -1; power <= most; power++)
        {
            var x = Place(Math.Pow(10, power), most);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"<path d=\"M{x:F1} {Head - 6}V{height - 8}\" stroke=\"{(power == 0 ? "#666" : "#ddd")}\"/>" +
                $"<text x=\"{x:F1}\" y=\"{Head - 9}\" text-anchor=\"middle\" fill=\"#666\">" +
                $"{Math.Pow(10, power):G3}</text>");
        }
        for (var i = 0; i < shown.Length; i++)
        {
            var (y, ratio) = (Head + (Line * i), shown[i].Ratio!.Value);
            var (from, to) = (Place(Math.Min(1, ratio), most), Place(Math.Max(1, ratio), most));
            var fill = (ratio >= 1, shown[i].Threads) switch
            {
                (true, 1) => "#1b6e4b",
                (true, _) => "#7cc3a4",
                (false, 1) => "#a33b2a",
                _ => "#dd9486",
            };
            text.AppendLine(CultureInfo.InvariantCulture,
                $"<text x=\"{Names - 10}\" y=\"{y + 11}\" text-anchor=\"end\">" +
                $"{SecurityElement.Escape(shown[i].Name)}</text>" +
                $"<rect x=\"{from:F1}\" y=\"{y + 2}\" width=\"{Math.Max(to - from, 1):F1}\" " +
                $"height=\"{Line - 4}\" fill=\"{fill}\"/>" +
                $"<text x=\"{to + 4:F1}\" y=\"{y + 11}\">{ratio:G3}</text>");
        }
        return text.Append("</svg>\n").ToString();
    }

    private static double Place(double ratio, double most) =>
        Names + (Bars * (Math.Max(Math.Log10(ratio), -1) + 1) / (most + 1));
}

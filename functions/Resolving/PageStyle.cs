using System.Security.Cryptography;
using System.Text;

namespace ShareLinks.Resolving;

/// <summary>The one look of every page: light and dark, from narrow phones to desktops, with contrasts of WCAG 2.2 AA.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--back:#f5f5f4;--card:#fff;--text:#1c1917;--quiet:#57534e;--line:#78716c;--main:#b45309;--focus:#2563eb}
        @media(prefers-color-scheme:dark){:root{--back:#1c1917;--card:#292524;--text:#f5f5f4;--quiet:#d6d3d1;--line:#a8a29e;--focus:#93c5fd}}
        body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.0625rem/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif;background:var(--back);color:var(--text)}
        main{box-sizing:border-box;width:calc(100% - 2rem);max-width:28rem;padding:1.5rem;margin:1rem;background:var(--card);border-radius:1rem;box-shadow:0 1px 3px #0002}
        h1{font-size:1.375rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}
        h2{font-size:1rem;margin:0 0 .25rem}
        [hidden]{display:none!important}
        p{margin:0;overflow-wrap:anywhere}
        form,section,.ways{margin-top:1.5rem}
        label{display:block;font-weight:600;margin-bottom:.5rem}
        .token+.quiet{margin-bottom:.75rem}
        .way+.quiet{margin-top:.375rem}
        textarea{box-sizing:border-box;width:100%;padding:.75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.5rem;resize:vertical}
        button,.way{box-sizing:border-box;display:block;width:100%;min-height:2.75rem;margin-top:.75rem;padding:.625rem .75rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--text);background:transparent;border:1px solid var(--line);border-radius:.5rem;cursor:pointer}
        .main{color:#fff;background:var(--main);border-color:var(--main)}
        :focus-visible{outline:3px solid var(--focus);outline-offset:2px}
        .item{display:flex;gap:1rem;align-items:flex-start}
        .item img{width:6rem;height:6rem;object-fit:cover;border-radius:.5rem;flex:none;background:var(--back)}
        .price{font-size:1.25rem;font-weight:700}
        .state{margin-top:1rem;padding:.625rem .75rem;border-left:4px solid var(--main);background:var(--back);border-radius:.25rem}
        .token{font:700 1.375rem/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.05em;user-select:all;-webkit-user-select:all}
        .quiet{color:var(--quiet);font-size:.9375rem}
        .pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
        .scan svg{display:block;width:100%;max-width:14rem;height:auto;margin:.75rem auto 0;border-radius:.5rem}
        .guide{position:fixed;top:0;right:0;bottom:0;left:0;margin:0;padding:1rem 1.5rem;background:#000d;color:#fff;display:none;text-align:right}
        .guide:target{display:block}
        .guide p{font-size:1.25rem;font-weight:700;margin:.5rem 0 0 auto;max-width:20rem}
        .guide .way{width:auto;display:inline-block;color:#fff;border-color:#fff}
        .arrow{width:4rem;height:4rem;stroke:#fff;fill:none;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
        @media(prefers-reduced-motion:no-preference){.guide:target .arrow{animation:point 1s ease-in-out infinite alternate}}
        @keyframes point{to{transform:translate(.375rem,-.375rem)}}
        """;

    /// <summary>The style's hash, for a page's policy.</summary>
    public static string Hash { get; } = HashOf(Css);

    /// <summary>As a policy names a style or a script that stands in the page.</summary>
    public static string HashOf(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
